import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AppConfig } from '../../../src/config/app-config.js';
import type { DetectorService } from '../../../src/detector/detector.service.js';
import { ExecutionOutput } from '../../../src/process/execution-output.js';
import type { ExecutionPipes } from '../../../src/process/execution-pipes.js';
import type { ExecutionRequest } from '../../../src/process/execution-request.js';
import { StreamService } from '../../../src/stream/stream.service.js';

const stream = { replayBufferBytes: 1e6, replayTotalBytes: 1e9, maxLineBufferBytes: 100_000 };
const streams = new StreamService({ stream } as AppConfig);
const request = {
  program: { command: 'true' },
  output: { mode: 'chunk', encoding: 'utf8' },
  onFull: 'block',
} as unknown as ExecutionRequest;

/** Passes chunks on, beside a search whose every call fails. @returns what came of it, and how often the search was called */
async function pass(chunks: readonly string[]): Promise<{ readonly seen: string; readonly calls: number }> {
  let seen = '';
  const fail = jest.fn(() => {
    throw new Error('damaged');
  });
  const detectors = { scanner: () => ({ push: fail, end: fail }) } as unknown as DetectorService;
  const output = new ExecutionOutput(streams, detectors, request, ({ data }) => {
    seen += data.toString();
  });
  const ended = Promise.resolve();
  output.comesFrom({ ended } as ExecutionPipes);
  const splitter = output.split('stdout');
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  await ended;
  return { seen, calls: fail.mock.calls.length };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a fault of what searches output', () => {
  it.each([
    ['within it', ['one\n', 'two\n']],
    ['at its end', []],
  ])('%s ends the search, is told once, and the output goes on', async (_when, chunks) => {
    const told = jest.spyOn(Logger.prototype, 'error').mockReturnValue();

    expect(await pass(chunks)).toEqual({ seen: chunks.join(''), calls: 1 });
    expect(told.mock.calls).toEqual([
      ['The output of a command is not searched any further', expect.stringContaining('damaged')],
    ]);
  });
});
