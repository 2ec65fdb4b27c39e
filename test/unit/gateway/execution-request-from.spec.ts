import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { ExecuteParams } from '../../../src/gateway/execute.params.js';
import { executionRequest } from '../../../src/gateway/execution-request-from.js';
import { ParamsPipe } from '../../../src/gateway/params.pipe.js';

const pipe = new ParamsPipe();

function request(params: object): ReturnType<typeof executionRequest> {
  return executionRequest(pipe.transform(params, { type: 'body', metatype: ExecuteParams }));
}

describe('a request', () => {
  it('has the defaults where the client says nothing', () => {
    expect(request({ command: 'true' })).toStrictEqual({
      program: { command: 'true' },
      cwd: null,
      environment: {},
      stdin: null,
      output: { mode: 'line', encoding: 'utf8', maxLineBytes: null },
      task: {},
      timeoutMs: undefined,
      stallTimeoutMs: undefined,
      limits: {},
      onExit: 'kill',
      onDisconnect: 'cancel',
      onFull: 'block',
      labels: {},
      traceparent: null,
    });
  });

  it('has the defaults where the client says null', () => {
    const nothing = {
      timeout: null,
      stall_timeout: null,
      cwd: null,
      env: null,
      stdin: null,
      on_exit: null,
      on_disconnect: null,
      detach: null,
      on_full: null,
      idempotency_key: null,
      labels: null,
      limits: { cpu_seconds: null, memory_bytes: null },
      task: { category: null, name: null, complexity: null, type: null },
    };

    expect(request({ command: 'true', ...nothing, output: null })).toStrictEqual(request({ command: 'true' }));
    expect(request({ command: 'true', output: { mode: null, encoding: null, max_line_bytes: null } })).toStrictEqual(
      request({ command: 'true' }),
    );
  });

  it('has what the client says', () => {
    const params = {
      argv: ['a', 'b'],
      cwd: '/tmp',
      env: { A: 'b' },
      output: { mode: 'chunk', encoding: 'base64', max_line_bytes: 9 },
      limits: { cpu_seconds: 5, memory_bytes: 2 ** 30, output_bytes: 6, file_bytes: 7, processes: 8, open_files: 90 },
      on_exit: 'keep',
      on_disconnect: 'pause',
      on_full: 'drop_oldest',
      labels: { c: 'd' },
      task: { category: 'build', complexity: 'low' },
    };

    expect(request(params)).toMatchObject({
      program: { argv: ['a', 'b'] },
      cwd: '/tmp',
      environment: { A: 'b' },
      output: { mode: 'chunk', encoding: 'base64', maxLineBytes: 9 },
      limits: {
        cpuSeconds: 5,
        memoryBytes: 2 ** 30,
        outputBytes: 6,
        fileBytes: 7,
        processes: 8,
        openFiles: 90,
      },
      onExit: 'keep',
      onDisconnect: 'pause',
      onFull: 'drop_oldest',
      labels: { c: 'd' },
      task: { category: 'build', complexity: 'low' },
    });
  });

  it('goes on without its client where that is to detach', () => {
    expect(request({ command: 'true', detach: true }).onDisconnect).toBe('keep');
    expect(request({ command: 'true', detach: false, on_disconnect: 'pause' }).onDisconnect).toBe('pause');
  });

  it.each<[unknown, unknown]>([
    [true, 'open'],
    [false, null],
    [null, null],
    ['', Buffer.alloc(0)],
    ['é\0', Buffer.from('é\0')],
  ])('with stdin %j has %p', (stdin, expected) => {
    expect(request({ command: 'cat', stdin }).stdin).toEqual(expected);
  });

  it.each<[number | null, number | null | undefined, number | null | undefined]>([
    [0, null, null],
    [0.5, 500, 500],
    [3600, 3_600_000, 3_600_000],
    [null, undefined, undefined],
  ])('with a limit of %j s has %j ms as a timeout, and %j ms of silence', (seconds, timeoutMs, stallTimeoutMs) => {
    expect(request({ command: 'true', timeout: seconds }).timeoutMs).toBe(timeoutMs);
    expect(request({ command: 'true', stall_timeout: seconds }).stallTimeoutMs).toBe(stallTimeoutMs);
  });
});
