import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { OutputOptions, StreamName } from './output-options.js';
import type { UnnumberedOutput } from './output-record.js';
import { OutputSplitter } from './output-splitter.js';

/** Cuts the streams of executions within the configured bounds. */
@Injectable()
export class StreamService {
  constructor(private readonly config: AppConfig) {}

  split(stream: StreamName, options: OutputOptions, emit: (output: UnnumberedOutput) => void): OutputSplitter {
    return new OutputSplitter(stream, options, this.config.stream.maxLineBufferBytes, emit);
  }
}
