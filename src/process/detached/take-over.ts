import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { DetectorService } from '../../detector/detector.service.js';
import type { UnnumberedOutput } from '../../stream/output-record.js';
import { StreamService } from '../../stream/stream.service.js';
import { Execution } from '../execution.js';
import { ExecutionOutput } from '../execution-output.js';
import type { ExecutionRequest } from '../execution-request.js';
import { LauncherService } from '../launcher.service.js';
import type { KeptCommand } from '../launcher/order.js';
import { segmentName } from '../launcher/spool/spool-writer.js';
import { listenerOf } from '../listener-of.js';
import { monotonicMs } from '../monotonic-ms.js';
import { ProcessService } from '../process.service.js';
import { DetachedDirectory } from './detached-directory.js';
import { DetachedExecution } from './detached-execution.js';
import type { Checkpoint, JournalEntry } from './journal-entry.js';
import type { LeftLauncher } from './left-launcher.js';
import { pastOf } from './past-of.js';
import { SpooledPipes } from './spooled-pipes.js';

/** Who takes over one execution. */
interface Heir {
  /** Told of its output, once that is in the log; it keeps no reference to it. Null = nobody is. */
  readonly onOutput: ((output: UnnumberedOutput) => void) | null;
  /** Takes it before anything else happens to it. `hasEnded`: an earlier service has told its end. */
  readonly adopt: (execution: Execution, hasEnded: boolean) => void;
}

/** Tells who takes over an execution; `hasBegin`: all of its output is there, from the first byte on. */
type HeirOf = (request: ExecutionRequest, hasBegin: boolean) => Heir;

type Found = ReturnType<typeof DetachedExecution.find>;

/** Takes over the executions that another service has left, in whatever way that ended. */
@Injectable()
export class TakeOver {
  readonly #logger = new Logger(TakeOver.name);

  constructor(
    private readonly config: AppConfig,
    private readonly launcher: LauncherService,
    private readonly streams: StreamService,
    private readonly detectors: DetectorService,
    private readonly processes: ProcessService,
  ) {}

  /**
   * Those that run, at the events where they were left, and those that ended and were not forgotten. What cannot be
   * understood is left to run to its end, unread. To be called once, before anything is started.
   */
  async run(heirOf: HeirOf): Promise<void> {
    if (this.config.process.launcher === 'attached') return;
    const left = [...(await this.launcher.findLeft())];
    const { executions, launchers } = new DetachedDirectory(this.config.data.directory);
    const unread: string[] = [];
    for (const id of readdirSync(executions)) {
      try {
        const found = DetachedExecution.find(executions, id, this.launcher);
        const { launcher } = found.record;
        let its = left.find(({ instance }) => instance === launcher);
        if (its === undefined) {
          // Another service has it, or it has ended by itself.
          if (existsSync(join(launchers, launcher))) continue;
          its = { instance: launcher, kept: null, flow: () => undefined };
          left.push(its);
        }
        this.#takeOver(found, its, heirOf);
      } catch (error) {
        unread.push(id);
        this.#logger.warn(`The execution ${id} cannot be taken over: ${String(error)}`);
      }
    }
    this.launcher.settle(left, readdirSync(executions), unread);
  }

  #takeOver({ execution: place, record, entries }: Found, { instance, kept }: LeftLauncher, heirOf: HeirOf): void {
    const command = kept?.find(({ id }) => id === record.id) ?? lostCommand(record.id, kept, entries);
    if (command === null) {
      // It never ran, and nobody was told that it did.
      place.discard();
      return;
    }
    const { request, limits } = record;
    const checkpoint = firstCheckpoint(place.directory, entries);
    const heir = heirOf(request, checkpoint === null);
    const output = new ExecutionOutput(this.streams, this.detectors, request, heir.onOutput, checkpoint?.seq);
    const pipes: SpooledPipes = new SpooledPipes(
      place.means,
      output.log,
      (stream, from) =>
        output.split(stream, from, () => {
          pipes.catchUp();
        }),
      request.stdin === 'open',
      checkpoint,
    );
    output.comesFrom(pipes);
    output.isKnown = () => pipes.isReplaying;
    pipes.replay(entries, command.spooledBytes);
    place.keep(output.log);
    const hasStarted = entries.some((entry) => entry.entry === 'event' && entry.event.type === 'started');
    const past = hasStarted ? pastOf(record, entries, monotonicMs()) : null;
    const { id, pid } = command;
    const execution = new Execution(id, pid, request, limits, this.launcher, pipes, output.log, past);
    const hasEnded = past?.outcome != null;
    heir.adopt(hasEnded ? execution : this.processes.adopt(execution), hasEnded);
    output.belongsTo(execution);
    if (past?.outcome?.survivors.length === 0) {
      this.launcher.adopt({ ...command, reports: [] }, instance, listenerOf(execution, pipes));
      place.follow(execution);
      pipes.close();
      return;
    }
    place.follow(execution);
    this.launcher.adopt(command, instance, listenerOf(execution, pipes));
    pipes.adopt(command.isInputOpen);
  }
}

/** What is known of a command that its launcher does not know; null where it never ran. */
function lostCommand(
  id: string,
  kept: readonly KeptCommand[] | null,
  entries: readonly JournalEntry[],
): KeptCommand | null {
  const pid = entries.find((entry) => entry.entry === 'pid')?.pid;
  const hasEnded = entries.some((entry) => entry.entry === 'event' && entry.event.type === 'completed');
  // A launcher that lives keeps what has not ended.
  if (pid === undefined || (kept !== null && !hasEnded)) return null;
  return { id, pid, isInputOpen: false, spooledBytes: Infinity, reports: [] };
}

/** Where the oldest segment that is kept begins; null where that is the first of all. */
function firstCheckpoint(directory: string, entries: readonly JournalEntry[]): Checkpoint | null {
  if (existsSync(join(directory, segmentName(0)))) return null;
  const checkpoints = entries.flatMap((entry) => (entry.entry === 'checkpoint' ? entry.checkpoint : []));
  return checkpoints.find(({ segment }) => existsSync(join(directory, segmentName(segment)))) ?? null;
}
