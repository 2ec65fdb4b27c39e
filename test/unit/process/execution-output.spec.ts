import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AppConfig } from '../../../src/config/app-config.js';
import type { DetectorService } from '../../../src/detector/detector.service.js';
import { ExecutionOutput } from '../../../src/process/execution-output.js';
import type { ExecutionPipes } from '../../../src/process/execution-pipes.js';
import type { ExecutionRequest } from '../../../src/process/execution-request.js';
import type { UnnumberedOutput } from '../../../src/stream/output-record.js';
import { StreamService } from '../../../src/stream/stream.service.js';

const stream = { replayBufferBytes: 1e6, replayTotalBytes: 1e9, maxLineBufferBytes: 100_000 };
const streams = new StreamService({ stream } as AppConfig);
const request = {
  program: { command: 'true' },
  output: { mode: 'chunk', encoding: 'utf8', pipeTo: 'self' },
  onFull: 'block',
} as unknown as ExecutionRequest;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a fault of what searches output', () => {
  it('ends the search, and the output goes on', async () => {
    const told = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const calls: string[] = [];
    const fail = (call: string): never => {
      calls.push(call);
      throw new Error('damaged');
    };
    const scanner = { push: () => fail('push'), end: () => fail('end') };
    const seen: string[] = [];
    const onOutput = ({ data }: UnnumberedOutput): void => void seen.push(data.toString());
    const output = new ExecutionOutput(
      streams,
      { scanner: () => scanner } as unknown as DetectorService,
      request,
      onOutput,
    );
    const ended = Promise.resolve();
    output.comesFrom({ ended } as ExecutionPipes);
    const splitter = output.split('stdout');
    splitter.push(Buffer.from('one\n'));
    splitter.push(Buffer.from('two\n'));
    splitter.end();
    await ended;

    expect(seen.join('')).toBe('one\ntwo\n');
    expect(calls).toEqual(['push']);
    expect(told.mock.calls).toEqual([
      ['The output of a command is not searched any further', expect.stringContaining('damaged')],
    ]);
  });

  it('of its end is one, too', async () => {
    const told = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const scanner = {
      end: () => {
        throw new Error('damaged');
      },
    };
    const output = new ExecutionOutput(
      streams,
      { scanner: () => scanner } as unknown as DetectorService,
      request,
      null,
    );
    const ended = Promise.resolve();
    output.comesFrom({ ended } as ExecutionPipes);
    await ended;
    await Promise.resolve();

    expect(told).toHaveBeenCalledTimes(1);
  });
});
