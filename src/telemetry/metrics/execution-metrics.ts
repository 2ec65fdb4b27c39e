import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import type { Execution } from '../../process/execution.js';
import type { ExecutionOutcome } from '../../process/execution-outcome.js';
import { ProcessService } from '../../process/process.service.js';
import { Metrics } from './metrics.js';

const DURATIONS_SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400];
/** Of a predicted time to the actual one: 1 is right, below is too short. */
const RATIOS = [0.01, 0.1, 0.25, 0.5, 0.8, 1, 1.25, 2, 4, 10, 100, 1000];

/** What only grows over an execution's life, and is asked for while it runs. */
interface Totals {
  stdoutBytes: number;
  stderrBytes: number;
  blockedMs: number;
  extendedByProgress: number;
  extendedByClient: number;
}

/** What runs and ran. An execution costs two records, whatever it prints. */
@Injectable()
export class ExecutionMetrics implements OnModuleInit {
  readonly #running = new Set<Execution>();
  /** Of those that have ended. */
  #ended: Totals = { stdoutBytes: 0, stderrBytes: 0, blockedMs: 0, extendedByProgress: 0, extendedByClient: 0 };

  constructor(
    private readonly metrics: Metrics,
    private readonly processes: ProcessService,
  ) {}

  onModuleInit(): void {
    const { metrics } = this;
    if (!metrics.isOn) return;
    const started = metrics.counter({ name: 'executions_started_total', help: 'Commands that were started' });
    const ends = {
      reasons: metrics.counter({
        name: 'executions_ended_total',
        help: 'Executions that ended, by the reason in process.completed',
        labelNames: ['reason'],
      }),
      durations: metrics.histogram({
        name: 'execution_duration_seconds',
        help: 'Time from the start of a command to its own end',
        labelNames: ['status'],
        buckets: DURATIONS_SECONDS,
      }),
      ratios: metrics.histogram({
        name: 'estimate_ratio',
        help: 'Expected time divided by the time taken, of commands that completed',
        labelNames: ['based_on'],
        buckets: RATIOS,
      }),
      timeouts: metrics.counter({
        name: 'timeouts_total',
        help: 'Executions that a time limit ended: of the whole time, or of silence',
        labelNames: ['kind'],
      }),
    };
    this.processes.onStart((execution) => {
      started.inc();
      this.#running.add(execution);
      void execution.ended.then((outcome) => {
        this.#ended = totalsOf([execution], this.#ended);
        this.#running.delete(execution);
        recordEnd(ends, execution, outcome);
      });
    });
    metrics.reading('executions_running', 'Executions that have not ended', () => this.#running.size);
    metrics.reading('output_queue_bytes', 'Output that waits in the service for its clients', () => this.#queueBytes());
    this.#count('output_bytes_total', 'Output that was read', 'stream', ({ stdoutBytes, stderrBytes }) => ({
      stdout: stdoutBytes,
      stderr: stderrBytes,
    }));
    this.#count('blocked_seconds_total', 'Time in which a command waited for its client', null, ({ blockedMs }) => ({
      all: blockedMs / 1000,
    }));
    this.#count('extensions_total', 'Time limits that moved', 'why', (totals) => ({
      progress: totals.extendedByProgress,
      client: totals.extendedByClient,
    }));
  }

  #count(
    name: string,
    help: string,
    label: string | null,
    read: (totals: Totals) => Readonly<Record<string, number>>,
  ): void {
    const total = (): Totals => totalsOf(this.#running, this.#ended);
    this.metrics.counter({
      name,
      help,
      labelNames: label === null ? [] : [label],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read(total())))
          this.inc(label === null ? {} : { [label]: value }, count);
      },
    });
  }

  #queueBytes(): number {
    let bytes = 0;
    for (const { log } of this.#running) bytes += log.unreadBytes;
    return bytes;
  }
}

/** The sum over executions, and over what was summed before. */
function totalsOf(executions: Iterable<Execution>, before: Totals): Totals {
  const totals = { ...before };
  for (const execution of executions) {
    totals.stdoutBytes += execution.bytes('stdout');
    totals.stderrBytes += execution.bytes('stderr');
    totals.blockedMs += execution.blockedMs;
    totals.extendedByProgress += execution.extensions.progress;
    totals.extendedByClient += execution.extensions.client;
  }
  return totals;
}

function recordEnd(
  ends: {
    readonly reasons: Counter<'reason'>;
    readonly durations: Histogram<'status'>;
    readonly ratios: Histogram<'based_on'>;
    readonly timeouts: Counter<'kind'>;
  },
  { activity, request, limits: { estimate } }: Execution,
  { reason, status, durationMs }: ExecutionOutcome,
): void {
  ends.reasons.inc({ reason });
  ends.durations.observe({ status }, durationMs / 1000);
  if (reason === 'timeout') ends.timeouts.inc({ kind: 'execution' });
  if (reason === 'stalled') ends.timeouts.inc({ kind: 'stall' });
  // How long an open stdin was waited for is not the task's doing.
  if (status === 'completed' && request.stdin !== 'open' && activity.activeMs > 0)
    ends.ratios.observe({ based_on: estimate.basedOn }, estimate.expectedMs / activity.activeMs);
}
