import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { Service } from './support/service.js';

let service: Service;
let client: Client;

beforeAll(async () => {
  service = await Service.start();
  client = await Client.connect(service.url);
});

afterAll(async () => {
  disconnectAll();
  expect(await service.stop()).toBe(0);
});

/** A line of output that tells something, as a command prints it. */
const TELLING = [
  'Done!',
  'wait...',
  'output truncated here',
  'HTTP 429 too many requests',
  'Created file: /etc/passwd',
  'Claude AI usage limit reached|1760000000',
  'response exceeded the 32000 output token maximum',
];

const told = (client: Client, id: string): unknown[] =>
  client
    .eventsOf(id)
    .filter(({ method }) => /^(task|error|command)\./.test(method))
    .map(({ method, params }) => ({ method, params }));

describe('lines of output that tell something', () => {
  it('are told, marked as what the command printed', async () => {
    const { execution, completed, stdout } = await client.run({
      argv: ['printf', '%s\\n', ...TELLING],
      output: { mode: 'lines' },
    });
    const about = {
      session_id: client.greeting.session_id,
      execution_id: execution.id,
      stream: 'stdout',
      source: 'output',
      seq: expect.any(Number),
    };
    const elapsed_time = expect.any(Number);

    expect(stdout).toBe(TELLING.map((line) => `${line}\n`).join(''));
    expect(told(client, execution.id)).toEqual([
      {
        method: 'task.early_completion',
        params: { marker: 'Done!', elapsed_time, output_line: 'Done!', ...about },
      },
      {
        method: 'error.rate_limit_exceeded',
        params: {
          error_type: 'rate_limit_429',
          message: 'Output tells of too many requests',
          retry_after: 60,
          recoverable: true,
          error_text: 'HTTP 429 too many requests',
          ...about,
        },
      },
      {
        method: 'task.early_completion',
        params: {
          type: 'file_created',
          file_path: '/etc/passwd',
          elapsed_time,
          output_line: 'Created file: /etc/passwd',
          ...about,
        },
      },
      {
        method: 'error.rate_limit_exceeded',
        params: {
          error_type: 'usage_limit',
          message: 'Output tells of a usage limit that is reached',
          reset_timestamp: 1760000000,
          recoverable: false,
          error_text: 'Claude AI usage limit reached|1760000000',
          ...about,
        },
      },
      {
        method: 'error.token_limit_exceeded',
        params: {
          error_type: 'token_limit',
          limit: 32000,
          message: 'Output tells of a limit of 32000 tokens',
          suggestion: 'Ask for less at once, or raise the limit',
          recoverable: true,
          error_text: 'response exceeded the 32000 output token maximum',
          ...about,
        },
      },
    ]);
    expect(completed).toMatchObject({
      status: 'completed',
      reason: 'exit',
      early_completion_detected: true,
      completion_marker: 'Done!',
    });
    const { early_completion_time: early, execution_time: whole, time_saved: saved } = completed as any;
    expect(early).toBeGreaterThan(0);
    expect(saved).toBeCloseTo(Math.max(0, whole - early), 9);
  });

  it('tell of a command that is not there', async () => {
    const { execution, completed } = await client.run({ command: 'no-such-command-here' });

    expect(completed).toMatchObject({ exit_code: 127, early_completion_detected: false, time_saved: 0 });
    expect(told(client, execution.id)).toMatchObject([
      {
        method: 'command.validation_warning',
        params: { warning_type: 'command_not_found', command: 'no-such-command-here', stream: 'stderr' },
      },
    ]);
  });

  it.each(['line', 'lines', 'chunk'])('are told in mode %s, also the last one without an end', async (mode) => {
    const { execution } = await client.run({ command: 'echo; printf Done!', output: { mode } });

    expect(told(client, execution.id)).toMatchObject([{ params: { marker: 'Done!' } }]);
  });

  it('of an agent that prints JSON lines are read as events, not by words', async () => {
    const events = [
      { type: 'assistant', message: { content: [{ type: 'text', text: 'Done! HTTP 429' }] } },
      { type: 'system', subtype: 'api_retry', error_status: 429, retry_delay_ms: 500 },
      { type: 'result', subtype: 'success', is_error: false, result: 'Task completed' },
    ];
    const { execution, completed } = await client.run({
      argv: ['printf', '%s\\n', ...events.map((event) => JSON.stringify(event))],
    });

    expect(told(client, execution.id)).toMatchObject([
      { method: 'error.rate_limit_exceeded', params: { retry_after: 0.5 } },
      { method: 'task.early_completion', params: { marker: 'result' } },
    ]);
    expect(completed).toMatchObject({ completion_marker: 'result' });
  });

  it('are output alone where it is base64', async () => {
    const { execution, completed } = await client.run({ command: 'echo Done!', output: { encoding: 'base64' } });

    expect(told(client, execution.id)).toEqual([]);
    expect(completed).toMatchObject({ early_completion_detected: false, completion_marker: null });
  });

  it('end nothing', async () => {
    const { stdout, completed } = await client.run({ command: 'echo Done!; sleep 0.3; echo more' });

    expect(stdout).toBe('Done!\nmore\n');
    expect(completed).toMatchObject({ reason: 'exit', exit_code: 0 });
    expect((completed as any).time_saved).toBeGreaterThan(0.2);
  });
});

describe('stop_on', () => {
  it.each(['utf8', 'base64'])('ends a command when its output (%s) tells of its completion', async (encoding) => {
    const { execution, completed } = await client.run({
      command: 'trap "" TERM; echo working; echo Done!; trap - TERM; sleep 300',
      output: { encoding },
      stop_on: ['completion'],
    });

    expect(completed).toMatchObject({
      status: 'completed',
      reason: 'completion',
      error: null,
      completion_marker: 'Done!',
    });
    expect(told(client, execution.id)).toHaveLength(1);
  });

  it('changes nothing where nothing tells of it', async () => {
    const { completed } = await client.run({ command: 'echo Not done!; exit 3', stop_on: ['completion'] });

    expect(completed).toMatchObject({ status: 'failed', reason: 'exit', exit_code: 3 });
  });

  it.each([[[]], [['end']], ['completion'], [['completion', 'completion']]])('refuses %j', async (stop_on) => {
    expect(await client.failure('execute', { command: 'true', stop_on })).toMatchObject({
      code: -32602,
      data: { errors: [{ field: 'stop_on' }] },
    });
  });
});

describe('detectors of the operator', () => {
  it('take the place of those of the service', async () => {
    const file = join(service.directory, 'detectors.yaml');
    const detectors = [{ kind: 'completion', commands: ['echo *'], patterns: ['^Finito'] }];
    writeFileSync(file, JSON.stringify({ detectors }));
    const own = await Service.start({ DETECTORS: 'all', DETECTORS_FILE: file });
    const guest = await Client.connect(own.url);
    const { execution } = await guest.run({ command: 'echo "Done!\nFinito"', output: { encoding: 'base64' } });

    expect(told(guest, execution.id)).toMatchObject([{ params: { marker: 'Finito' } }]);
    expect((await guest.failure('execute', { argv: ['printf', 'Finito'], stop_on: ['completion'] })).data).toEqual({
      errors: [{ field: 'stop_on', message: 'No detector of this service tells the completion of this command' }],
    });
    expect(await own.stop()).toBe(0);
  });
});
