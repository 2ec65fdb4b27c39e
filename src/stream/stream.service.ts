import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { EventLog } from './event-log.js';
import { LogBudget } from './log/log-budget.js';
import type { LogOptions } from './log/log-bounds.js';
import type { OutputOptions, StreamName } from './output-options.js';
import type { UnnumberedOutput } from './output-record.js';
import { OutputSplitter, type SplitterState } from './output-splitter.js';

/** Cuts the streams of executions and keeps their events, within the configured bounds. */
@Injectable()
export class StreamService {
  readonly #budget: LogBudget;

  constructor(private readonly config: AppConfig) {
    this.#budget = new LogBudget(config.stream.replayTotalBytes);
  }

  /** The log of one execution. @param firstSeq the number of its first event */
  openLog<E>(onFull: LogOptions['onFull'], firstSeq = 1): EventLog<E> {
    return new EventLog({ keepBytes: this.config.stream.replayBufferBytes, onFull, budget: this.#budget }, firstSeq);
  }

  /** @param from where another one of the same stream was */
  split(
    stream: StreamName,
    options: OutputOptions,
    emit: (output: UnnumberedOutput) => void,
    from: SplitterState | null = null,
  ): OutputSplitter {
    return new OutputSplitter(stream, options, this.config.stream.maxLineBufferBytes, emit, from);
  }
}
