import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { DetectorService } from '../detector/detector.service.js';
import { CommandPolicy } from '../policy/command/command-policy.js';
import type { StreamName } from '../stream/output-options.js';
import type { UnnumberedOutput } from '../stream/output-record.js';
import type { OutputSplitter } from '../stream/output-splitter.js';
import { StreamService } from '../stream/stream.service.js';
import { TimeoutService } from '../timeout/timeout.service.js';
import { CommandPipes } from './command-pipes.js';
import { DetachedExecution } from './detached/detached-execution.js';
import { SpooledPipes } from './detached/spooled-pipes.js';
import { Execution } from './execution.js';
import { executionLimits, type ExecutionLimits } from './execution-limits.js';
import { ExecutionOutput } from './execution-output.js';
import type { ExecutionRequest } from './execution-request.js';
import { LauncherService } from './launcher.service.js';
import { launcherLimits } from './limit/launcher-limits.js';
import { openPipes } from './open-pipes.js';
import { listenerOf } from './listener-of.js';
import { ProcessError } from './process-error.js';
import { refusedStart } from './refused-start.js';
import { startError } from './start-error.js';

/** Longest single argument Linux passes to a program, less its final NUL: MAX_ARG_STRLEN of execve(2). */
const MAX_ARGUMENT_BYTES = 131_071;

/** Longest wait for a launcher that measures. */
const MEASURE_MS = 500;

/** Starts executions. */
@Injectable()
export class ProcessService {
  #onStart: (execution: Execution) => void = () => undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly launcher: LauncherService,
    private readonly streams: StreamService,
    private readonly timeouts: TimeoutService,
    private readonly policy: CommandPolicy,
    private readonly detectors: DetectorService,
  ) {}

  /** Calls the listener, which must not throw, with each execution from now on, as soon as it runs. */
  onStart(listener: (execution: Execution) => void): void {
    this.#onStart = listener;
  }

  /**
   * Starts a command and returns when it runs.
   * @param onOutput is told of what it prints, once that is in the log; it keeps no reference to it
   * @throws PolicyError where it may not run
   * @throws ProcessError unusable-request, limit-over-maximum, or start-refused where the system lacks something
   */
  async start(
    request: ExecutionRequest,
    onOutput: ((output: UnnumberedOutput) => void) | null = null,
  ): Promise<Execution> {
    const environment = { ...environmentOf(request), ...request.operatorEnvironment };
    const { program, cwd } = this.policy.check(request.program, request.environment, request.cwd);
    checkLengths(request, environment);
    if (request.onExit === 'keep' && this.config.process.isolation !== 'none')
      throw unusable('on_exit', 'Nothing outlives a command that runs isolated');
    const stopsOnCompletion = request.stopOn?.includes('completion') === true;
    if (stopsOnCompletion && !this.detectors.tellsCompletion(request.program))
      throw unusable('stop_on', 'No detector of this service tells the completion of this command');
    const limits = await this.#limits(request);
    const [file, ...args] = 'argv' in program ? program.argv : [this.config.process.shell, '-c', program.command];
    const paths = this.launcher.takeFifos(request.stdin === null ? 2 : 3);
    const [stdout, stderr, stdin] = (paths instanceof Promise ? await orRefused(paths) : paths) as [
      string,
      string,
      string?,
    ];
    const id = randomUUID();
    const detached = this.#detach(id, request, limits, [stdin ?? null, stdout, stderr]);
    const ends = detached === null ? openPipes(stdin ?? null, stdout, stderr) : null;
    // Set by a callback, which the compiler does not follow.
    let execution = null as Execution | null;
    const order = {
      id,
      file,
      args,
      cwd,
      environment,
      stdin: stdin ?? null,
      stdout,
      stderr,
      keep: request.onExit === 'keep',
      limits: launcherLimits(limits.resources).length > 0 ? limits.resources : null,
      spool: detached && {
        directory: detached.directory,
        maxOutputBytes: limits.resources.outputBytes,
        input: Buffer.isBuffer(request.stdin) ? request.stdin.toString('base64') : null,
      },
    };
    const starting = this.launcher.spawn(order, (pid) => {
      execution = this.adopt(new Execution(id, pid, request, limits, this.launcher, pipes, output.log));
      detached?.follow(execution);
      output.belongsTo(execution);
      return listenerOf(execution, pipes);
    });
    // While the launcher forks, this side gets ready.
    const output = new ExecutionOutput(this.streams, this.detectors, request, onOutput);
    detached?.keep(output.log);
    const split = (stream: StreamName): OutputSplitter => output.split(stream);
    const pipes =
      ends === null || detached !== null
        ? new SpooledPipes((detached as DetachedExecution).means, output.log, split, request.stdin === 'open')
        : new CommandPipes(ends, output.log, split, limits.resources.outputBytes);
    output.comesFrom(pipes);
    const failure = await starting;
    if (execution !== null) return execution;
    pipes.closeStdin();
    pipes.closeOutput();
    detached?.discard();
    throw startError(request, limits.resources, cwd, failure ?? 'UNKNOWN');
  }

  /** An execution that runs, or has been run by another service, is watched from here on. */
  adopt(execution: Execution): Execution {
    this.#onStart(execution);
    const { id, request, limits } = execution;
    void execution.ended.then(({ reason, exitCode }) => {
      // How long an open stdin was waited for is not the task's doing.
      if (request.stdin === 'open') return;
      const run = { executionId: id, endedAt: Date.now(), ...execution.activity, reason, exitCode };
      return this.timeouts.learn(limits.estimate, run);
    });
    return execution;
  }

  /** Settles when `usage` of every execution is what it is now, or when that takes too long to wait for. */
  async measure(): Promise<void> {
    const patience = new AbortController();
    const tooLong = delay(MEASURE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([this.launcher.sample(), tooLong]);
    patience.abort();
  }

  /** Of what is in memory, where the history of the task is. */
  async #limits(request: ExecutionRequest): Promise<ExecutionLimits> {
    return executionLimits(request, await this.timeouts.estimate(request.program, request.task), this.config);
  }

  /** What it leaves to the next service, where it outlives this one. @throws ProcessError start-refused; then the FIFOs are gone */
  #detach(
    id: string,
    request: ExecutionRequest,
    limits: ExecutionLimits,
    fifos: readonly (string | null)[],
  ): DetachedExecution | null {
    const place = this.launcher.detachedPlace;
    if (place === null) return null;
    try {
      return DetachedExecution.begin(
        place.executions,
        { id, launcher: place.instance, request, limits },
        this.launcher,
      );
    } catch (error) {
      for (const fifo of fifos) if (fifo !== null) rmSync(fifo, { force: true });
      throw refusedStart((error as NodeJS.ErrnoException).code ?? 'UNKNOWN');
    }
  }
}

/** A trace is the client's too, and goes before what it says of TRACEPARENT. */
function environmentOf({ environment, traceparent }: ExecutionRequest): Readonly<Record<string, string>> {
  return traceparent === null ? environment : { ...environment, TRACEPARENT: traceparent };
}

async function orRefused<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch {
    throw refusedStart('ELAUNCHER');
  }
}

function checkLengths(request: ExecutionRequest, environment: Readonly<Record<string, string>>): void {
  const isCommand = 'command' in request.program;
  const field = isCommand ? 'command' : 'argv';
  const words = 'command' in request.program ? [request.program.command] : request.program.argv;
  if (words.some((word) => Buffer.byteLength(word) > MAX_ARGUMENT_BYTES)) {
    throw unusable(
      field,
      `${isCommand ? 'The command' : 'An argument'} is longer than ${String(MAX_ARGUMENT_BYTES)} bytes`,
    );
  }
  const longest = Object.entries(environment).find(
    ([name, value]) => Buffer.byteLength(`${name}=${value}`) > MAX_ARGUMENT_BYTES,
  );
  if (longest !== undefined)
    throw unusable(
      'env',
      `The variable ${longest[0].slice(0, 100)} is longer than ${String(MAX_ARGUMENT_BYTES)} bytes`,
    );
}

function unusable(field: string, message: string): ProcessError {
  return new ProcessError({ kind: 'unusable-request', field, message });
}
