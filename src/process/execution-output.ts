import { Logger } from '@nestjs/common';
import type { DetectorService } from '../detector/detector.service.js';
import type { Finding } from '../detector/finding.js';
import type { OutputScanner } from '../detector/output-scanner.js';
import type { EventLog } from '../stream/event-log.js';
import type { StreamName } from '../stream/output-options.js';
import type { UnnumberedOutput } from '../stream/output-record.js';
import type { OutputSplitter, SplitterState } from '../stream/output-splitter.js';
import type { StreamService } from '../stream/stream.service.js';
import type { Execution } from './execution.js';
import type { ExecutionEvent } from './execution-event.js';
import type { ExecutionPipes } from './execution-pipes.js';
import type { ExecutionRequest } from './execution-request.js';

/** The way of a command's output from its pipes to its log, past the detectors. */
export class ExecutionOutput {
  readonly log: EventLog<ExecutionEvent>;
  /** Asked of each finding: true where it has been told before. */
  isKnown: () => boolean = () => false;
  #scanner: OutputScanner | null;
  #execution: Execution | null = null;
  readonly #early: Finding[] = [];

  /**
   * @param onOutput is told of what is in the log; it keeps no reference to it
   * @param firstSeq the number of the first event
   */
  constructor(
    private readonly streams: StreamService,
    detectors: DetectorService,
    private readonly request: ExecutionRequest,
    private readonly onOutput: ((output: UnnumberedOutput) => void) | null,
    firstSeq = 1,
  ) {
    const { program, output, onFull, stopOn } = request;
    this.log = streams.openLog<ExecutionEvent>(onFull, firstSeq);
    const isAskedFor = stopOn?.includes('completion') === true;
    this.#scanner = detectors.scanner(program, output, isAskedFor, (finding) => {
      if (this.isKnown()) return;
      if (this.#execution === null) this.#early.push(finding);
      else this.#execution.onFound(finding);
    });
  }

  /**
   * What cuts a stream.
   * @param from where another one was
   * @param before called before anything goes into the log
   */
  split(stream: StreamName, from: SplitterState | null = null, before: () => void = noop): OutputSplitter {
    const emit = (output: UnnumberedOutput): void => {
      before();
      this.log.appendOutput(output);
      this.#scan((scanner) => {
        scanner.push(stream, output.data);
      });
      this.onOutput?.(output);
    };
    return this.streams.split(stream, this.request.output, emit, from);
  }

  /** The pipes it comes from; to be told before anyone else waits for their end. */
  comesFrom(pipes: ExecutionPipes): void {
    void pipes.ended.then(() => {
      this.#scan((scanner) => {
        scanner.end();
      });
    });
  }

  /** The execution it is of, which runs. */
  belongsTo(execution: Execution): void {
    this.#execution = execution;
    for (const finding of this.#early.splice(0)) execution.onFound(finding);
  }

  /** A fault of what reads output beside its way ends that reading, and nothing else. */
  #scan(read: (scanner: OutputScanner) => void): void {
    if (this.#scanner === null) return;
    try {
      read(this.#scanner);
    } catch (error) {
      this.#scanner = null;
      const whose = this.#execution?.id ?? 'a command';
      const stack = error instanceof Error ? error.stack : String(error);
      new Logger('Detector').error(`The output of ${whose} is not searched any further`, stack);
    }
  }
}

function noop(): void {
  // nothing is to be done
}
