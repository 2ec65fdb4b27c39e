import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll, refusal } from './support/client.js';
import { within } from './support/eventually.js';
import type { Execution } from './support/execution.js';
import { Service } from './support/service.js';
import type { ErrorBody } from './support/wire.js';

jest.setTimeout(60_000);

const ALLOWED_ORIGIN = 'http://good.example';
const MAX_FRAME_BYTES = 10_485_760;
const MAX_COMMAND_BYTES = 131_071;
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

let service: Service;
let client: Client;

beforeAll(async () => {
  service = await Service.start({ ALLOWED_ORIGINS: `${ALLOWED_ORIGIN}, http://other.example` });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

beforeEach(async () => {
  client = await Client.connect(service.url);
});

afterEach(disconnectAll);

/** The session runs commands as if nothing had been. */
async function expectUsable(): Promise<void> {
  expect((await client.run({ command: 'echo usable' })).stdout).toBe('usable\n');
}

/** -32602 whose data names the field, or a part of it. */
function invalid(field: string): unknown {
  const name = expect.stringMatching(new RegExp(`^${field}($|[.[])`));
  return {
    code: -32602,
    message: 'Invalid params',
    data: { errors: expect.arrayContaining([{ field: name, message: expect.stringMatching(/./) }]) },
  };
}

describe('execute refuses', () => {
  const command = 'true';

  it('an empty command', async () => {
    expect(await client.failure('execute', { command: '' })).toEqual({
      code: -32602,
      message: 'Invalid params',
      data: 'Command cannot be empty',
    });
    await expectUsable();
  });

  it.each<[string, object, string]>([
    ['an unknown field', { command, foo: 1 }, 'foo'],
    ['a field of a later release', { command, pty: { cols: 80, rows: 24 } }, 'pty'],
    ['a field in other letters', { command, CWD: '/' }, 'CWD'],
    ['a field named constructor', { command, constructor: {} }, 'constructor'],
    ['a field named toString', { command, toString: 'x' }, 'toString'],
    ['an unknown field of output', { command, output: { mode: 'line', foo: 1 } }, 'output'],
    ['a command that is a number', { command: 5 }, 'command'],
    ['a command that is null', { command: null }, 'command'],
    ['a command that is an array', { command: ['true'] }, 'command'],
    ['a command that is an object', { command: { length: 4 } }, 'command'],
    ['a command with a NUL byte', { command: 'echo a\0b' }, 'command'],
    ['a command with a lone surrogate', { command: 'echo \ud800' }, 'command'],
    ['a command of 1 MB', { command: `: ${'x'.repeat(1_000_000)}` }, 'command'],
    ['a command one byte too long', { command: `: ${'x'.repeat(MAX_COMMAND_BYTES - 1)}` }, 'command'],
    ['a command too long in bytes only', { command: `: ${'€'.repeat(60_000)}` }, 'command'],
    ['an argv that is a string', { argv: 'true' }, 'argv'],
    ['an empty argv', { argv: [] }, 'argv'],
    ['an argv with an empty program', { argv: [''] }, 'argv'],
    ['an argv with a number', { argv: ['echo', 1] }, 'argv'],
    ['an argv with null', { argv: ['echo', null] }, 'argv'],
    ['an argv with a NUL byte', { argv: ['echo', 'a\0b'] }, 'argv'],
    ['an argv with a lone surrogate', { argv: ['echo', '\udfff'] }, 'argv'],
    ['an argv with too long a word', { argv: ['echo', 'x'.repeat(MAX_COMMAND_BYTES + 1)] }, 'argv'],
    ['an argv whose program is not there', { argv: ['no-such-program-anywhere'] }, 'argv'],
    ['an argv whose path is not there', { argv: ['/no/such/program'] }, 'argv'],
    ['an argv whose program is a directory', { argv: ['/tmp'] }, 'argv'],
    ['an argv whose program is not executable', { argv: ['/etc/passwd'] }, 'argv'],
    ['a timeout of -1', { command, timeout: -1 }, 'timeout'],
    ['a timeout of "5"', { command, timeout: '5' }, 'timeout'],
    ['a timeout of true', { command, timeout: true }, 'timeout'],
    ['a timeout in an array', { command, timeout: [5] }, 'timeout'],
    ['a stall_timeout of -0.5', { command, stall_timeout: -0.5 }, 'stall_timeout'],
    ['a stall_timeout of "5"', { command, stall_timeout: '5' }, 'stall_timeout'],
    ['a cwd that is missing', { command, cwd: '/no/such/directory' }, 'cwd'],
    ['a cwd that is a file', { command, cwd: '/etc/passwd' }, 'cwd'],
    ['a cwd below a file', { command, cwd: '/etc/passwd/below' }, 'cwd'],
    ['a cwd that is a number', { command, cwd: 5 }, 'cwd'],
    ['a cwd with a NUL byte', { command, cwd: '/tmp\0' }, 'cwd'],
    ['a cwd with a lone surrogate', { command, cwd: '/tmp/\ud800' }, 'cwd'],
    ['a cwd longer than any path', { command, cwd: `/${'x'.repeat(10_000)}` }, 'cwd'],
    ['an env that is a string', { command, env: 'A=1' }, 'env'],
    ['an env that is an array', { command, env: ['A=1'] }, 'env'],
    ['an env with a number', { command, env: { A: 1 } }, 'env'],
    ['an env with null', { command, env: { A: null } }, 'env'],
    ['an env name with =', { command, env: { 'A=B': '1' } }, 'env'],
    ['an env name that is empty', { command, env: { '': '1' } }, 'env'],
    ['an env name with a NUL byte', { command, env: { 'A\0': '1' } }, 'env'],
    ['an env value with a NUL byte', { command, env: { A: 'a\0b' } }, 'env'],
    ['an env value with a lone surrogate', { command, env: { A: '\ud800' } }, 'env'],
    ['an env name of the service', { command, env: { CC_EXECUTOR_INSTANCE: 'mine' } }, 'env'],
    ['an env name like those of the service', { command, env: { CC_EXECUTOR_FOO: '1' } }, 'env'],
    ['a stdin that is a number', { command, stdin: 5 }, 'stdin'],
    ['a stdin that is an object', { command, stdin: {} }, 'stdin'],
    ['an output that is a string', { command, output: 'line' }, 'output'],
    ['an output that is an array', { command, output: [] }, 'output'],
    ['an unknown output mode', { command, output: { mode: 'word' } }, 'output'],
    ['an unknown encoding', { command, output: { encoding: 'latin1' } }, 'output'],
    ['a max_line_bytes of 0', { command, output: { max_line_bytes: 0 } }, 'output'],
    ['a max_line_bytes of 1.5', { command, output: { max_line_bytes: 1.5 } }, 'output'],
    ['a max_line_bytes of "9"', { command, output: { max_line_bytes: '9' } }, 'output'],
    ['an unknown on_exit', { command, on_exit: 'stay' }, 'on_exit'],
    ['an unknown on_disconnect', { command, on_disconnect: 'forget' }, 'on_disconnect'],
    ['labels that are an array', { command, labels: ['a'] }, 'labels'],
    ['labels with a number', { command, labels: { a: 1 } }, 'labels'],
  ])('%s', async (_, params, field) => {
    expect(await client.failure('execute', params)).toEqual(invalid(field));
    await expectUsable();
  });

  it.each<[string, object | undefined]>([
    ['neither command nor argv', {}],
    ['no params', undefined],
    ['both command and argv', { command, argv: ['true'] }],
  ])('%s', async (_, params) => {
    expect(await client.failure('execute', params)).toMatchObject({ code: -32602, message: 'Invalid params' });
    await expectUsable();
  });

  it('a field named __proto__', async () => {
    client.send('{"jsonrpc":"2.0","id":"p","method":"execute","params":{"command":"true","__proto__":{"x":1}}}');

    expect(await client.answer('p')).toMatchObject({ error: invalid('__proto__') });
    await expectUsable();
  });

  it('every fault at once', async () => {
    const params = { command, timeout: '5', cwd: 7, foo: 1 };
    const { data } = (await client.failure('execute', params)) as { data: { errors: { field: string }[] } };

    expect(data.errors.map(({ field }) => field).sort()).toEqual(['cwd', 'foo', 'timeout']);
  });

  it('an environment larger than the system takes', async () => {
    const env = Object.fromEntries([1, 2, 3].map((n) => [`BIG${n}`, 'x'.repeat(MAX_COMMAND_BYTES + 100)]));

    const { code, data } = await client.failure('execute', { command, env });
    expect([-32602, -32008]).toContain(code);
    expect(data).toBeDefined();
    await expectUsable();
  });

  it('words that are too many for the system', async () => {
    const argv = ['true', ...Array.from({ length: 100 }, () => 'x'.repeat(90_000))];

    const { code, data } = await client.failure('execute', { argv });
    expect([-32602, -32008]).toContain(code);
    expect(data).toBeDefined();
    await expectUsable();
  });
});

describe('execute takes', () => {
  it.each<[string, object]>([
    ['the longest command', { command: `: ${'x'.repeat(MAX_COMMAND_BYTES - 2)}` }],
    ['a timeout of 0', { command: 'true', timeout: 0 }],
    ['a timeout longer than a 32-bit timer', { command: 'sleep 0.1', timeout: 3_000_000 }],
    ['a stall_timeout longer than a 32-bit timer', { command: 'sleep 0.1', stall_timeout: 3_000_000 }],
    ['an empty env, empty labels and default outputs', { command: 'true', env: {}, labels: {}, output: {} }],
    ['an env name with any other letter', { command: 'true', env: { 'a.b-c d': '1', ünï: 'çödé' } }],
    ['spaces around a command', { command: '  true\n' }],
    ['on_disconnect cancel and on_exit kill', { command: 'true', on_disconnect: 'cancel', on_exit: 'kill' }],
  ])('%s', async (_, params) => {
    const { completed } = await client.run({ ...params });

    expect(completed).toMatchObject({ status: 'completed', exit_code: 0, reason: 'exit' });
  });

  it('or refuses a timeout of 1e12 clearly', async () => {
    const answer = await client.call('execute', { command: 'sleep 0.1', timeout: 1e12 });
    if (answer.error) expect(answer.error).toEqual(invalid('timeout'));
    else expect((await client.notification('process.completed')).params).toMatchObject({ reason: 'exit' });
  });

  it('or refuses an env name of __proto__ clearly', async () => {
    client.send(
      '{"jsonrpc":"2.0","id":"p","method":"execute","params":{"command":"printenv __proto__","env":{"__proto__":"x"}}}',
    );
    const answer = await client.answer('p');
    if (answer.error) expect(answer.error).toEqual(invalid('env'));
    else expect((await client.notification('process.completed')).params).toMatchObject({ exit_code: 0 });
  });
});

describe('control refuses', () => {
  it.each<[string, object, string]>([
    ['no type', {}, 'type'],
    ['an unknown type', { type: 'STOP' }, 'type'],
    ['a type in small letters', { type: 'pause' }, 'type'],
    ['a type of an array', { type: ['PAUSE'] }, 'type'],
    ['SIGNAL without signal', { type: 'SIGNAL' }, 'signal'],
    ['an unknown signal', { type: 'SIGNAL', signal: 'SIGFOO' }, 'signal'],
    ['a signal of every object', { type: 'SIGNAL', signal: 'constructor' }, 'signal'],
    ['a signal that is a number', { type: 'SIGNAL', signal: 9 }, 'signal'],
    ['an unknown field', { type: 'PAUSE', foo: 1 }, 'foo'],
    ['an execution_id of a number', { type: 'PAUSE', execution_id: 5 }, 'execution_id'],
  ])('%s', async (_, params, field) => {
    const execution = await client.execute({ command: 'sleep 1000' });

    expect(await client.failure('control', params)).toEqual(invalid(field));
    expect(execution.methods).toEqual(['process.started']);
    await execution.control('CANCEL');
    expect(await execution.completed()).toMatchObject({ reason: 'canceled' });
    await expectUsable();
  });
});

describe('input refuses', () => {
  it.each<[string, object, string]>([
    ['data that is a number', { data: 5 }, 'data'],
    ['an unknown encoding', { data: 'x', encoding: 'hex' }, 'encoding'],
    ['data that is not base64', { data: '***', encoding: 'base64' }, 'data'],
    ['an eof that is a word', { data: 'x', eof: 'yes' }, 'eof'],
    ['an unknown field', { data: 'x', foo: 1 }, 'foo'],
  ])('%s', async (_, params, field) => {
    const execution = await client.execute({ command: 'cat', stdin: true });

    expect(await client.failure('input', params)).toEqual(invalid(field));
    await client.request('input', { data: 'good', eof: true });
    await execution.completed();
    expect(execution.text('stdout')).toBe('good');
  });

  it.each<[string, object]>([
    ['a stdin that is closed from the start', { command: 'sleep 1000' }],
    ['a stdin that was given as a string', { command: 'sleep 1000', stdin: 'x' }],
  ])('%s', async (_, params) => {
    await client.execute({ ...params });

    const { code } = await client.failure('input', { data: 'x' });
    expect([-32602, -32003]).toContain(code);
    expect(await client.request('control', { type: 'CANCEL' })).toEqual({ status: 'canceled' });
  });

  it('what comes after eof', async () => {
    await client.execute({ command: 'sleep 1000', stdin: true });
    await client.request('input', { data: '', eof: true });

    const { code } = await client.failure('input', { data: 'x' });
    expect([-32602, -32003]).toContain(code);
  });
});

describe('without an execution', () => {
  it.each<[string, object]>([
    ['control', { type: 'PAUSE' }],
    ['control', { type: 'RESUME' }],
    ['control', { type: 'CANCEL' }],
    ['control', { type: 'SIGNAL', signal: 'SIGHUP' }],
    ['input', { data: 'x' }],
  ])('%s %j finds no process', async (method, params) => {
    expect(await client.failure(method, params)).toMatchObject({ code: -32003, message: 'No process is running' });
    await expectUsable();
  });

  it.each<[string, object]>([
    ['control', { type: 'PAUSE' }],
    ['input', { data: 'x' }],
    ['status', {}],
  ])('%s %j does not find an unknown one', async (method, params) => {
    expect(await client.failure(method, { ...params, execution_id: UNKNOWN_ID })).toEqual({
      code: -32003,
      message: 'Process not found',
      data: expect.objectContaining({ execution_id: UNKNOWN_ID }),
    });
    await expectUsable();
  });

  it.each(['nope', '', '__proto__', 'constructor', '../..'])('there is none with the id %j', async (id) => {
    const { code } = await client.failure('status', { execution_id: id });

    expect([-32602, -32003]).toContain(code);
  });

  it('status asks for an id', async () => {
    expect(await client.failure('status', {})).toEqual(invalid('execution_id'));
    expect(await client.failure('status')).toMatchObject({ code: -32602 });
  });
});

describe('after the end of an execution', () => {
  let execution: Execution;

  beforeEach(async () => {
    ({ execution } = await client.run({ command: 'true' }));
  });

  it.each<[string, object]>([
    ['control', { type: 'PAUSE' }],
    ['control', { type: 'RESUME' }],
    ['control', { type: 'CANCEL' }],
    ['control', { type: 'SIGNAL', signal: 'SIGKILL' }],
    ['input', { data: 'x' }],
    ['input', { data: '', eof: true }],
  ])('%s %j says what is gone', async (method, params) => {
    const known = { execution_id: execution.id, pid: execution.pid, pgid: execution.pid };

    expect(await client.failure(method, { ...params, execution_id: execution.id })).toMatchObject({
      code: -32003,
      message: expect.stringMatching(/^(Process not found|No process is running)$/),
      data: known,
    });
    expect(await client.failure(method, params)).toMatchObject({ code: -32003, message: 'No process is running' });
    await expectUsable();
  });
});

describe('other methods refuse', () => {
  it.each<[string, object, string]>([
    ['ping', { foo: 1 }, 'foo'],
    ['list', { foo: 1 }, 'foo'],
    ['status', { execution_id: UNKNOWN_ID, foo: 1 }, 'foo'],
    ['status', { execution_id: [UNKNOWN_ID] }, 'execution_id'],
  ])('%s %j', async (method, params, field) => {
    expect(await client.failure(method, params)).toEqual(invalid(field));
  });
});

describe('a frame', () => {
  it('of bytes closes with 1003', async () => {
    client.socket.send(Buffer.from('{"jsonrpc":"2.0","method":"ping","id":1}'), { binary: true });

    expect(await within(client.closed, 'the close')).toMatchObject({ code: 1003 });
    expect(client.received).toHaveLength(1);
  });

  it('over WS_MAX_SIZE closes with 1009', async () => {
    client.send(' '.repeat(MAX_FRAME_BYTES + 1));

    expect(await within(client.closed, 'the close')).toMatchObject({ code: 1009 });
  });

  it('of WS_MAX_SIZE is read', async () => {
    const request = '{"jsonrpc":"2.0","method":"ping","id":"big"}';
    client.send(request + ' '.repeat(MAX_FRAME_BYTES - request.length));

    expect(await client.answer('big')).toMatchObject({ result: { pong: true } });
  });

  it('in pieces is read as one', async () => {
    const text = '{"jsonrpc":"2.0","method":"ping","id":"pieces"}';
    for (let index = 0; index < text.length; index++) {
      client.socket.send(text.charAt(index), { binary: false, fin: index === text.length - 1 });
    }

    expect(await client.answer('pieces')).toMatchObject({ result: { pong: true } });
  });

  it('of invalid UTF-8 closes with 1007', async () => {
    client.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]));

    expect(await within(client.closed, 'the close')).toMatchObject({ code: 1007 });
  });

  it('that ends one session leaves the others alone', async () => {
    const other = await Client.connect(service.url);
    const execution = await other.execute({ command: 'sleep 1000' });
    client.socket.send(Buffer.alloc(1), { binary: true });
    await client.closed;

    expect(await execution.control('CANCEL')).toEqual({ status: 'canceled' });
    expect(await execution.completed()).toMatchObject({ reason: 'canceled' });
  });
});

describe('an upgrade', () => {
  it.each(['/', '/ws', '/ws/mcp/', '/ws/mcp2', '/ws/../ws/other', '/health', '/%77s/mcpx'])(
    'to %s is a 404',
    async (path) => {
      const { host } = new URL(service.url);
      const { status, contentType, body } = await refusal(`ws://${host}${path}`);

      expect(status).toBe(404);
      expect(contentType).toMatch(/^application\/json/);
      expect(body.trimEnd()).not.toContain('\n');
      expect(JSON.parse(body)).toEqual({ error: expect.anything() });
    },
  );

  it.each([
    'http://evil.example',
    'https://good.example',
    'http://good.example.evil.example',
    'http://good.example:81',
    'null',
  ])('from the origin %s is a 403', async (origin) => {
    const { status, contentType, body } = await refusal(service.url, { headers: { Origin: origin } });

    expect(status).toBe(403);
    expect(contentType).toMatch(/^application\/json/);
    expect(JSON.parse(body)).toEqual({ error: expect.anything() });
  });

  it.each([ALLOWED_ORIGIN, 'http://other.example'])('from the origin %s is welcome', async (origin) => {
    const welcome = await Client.connect(service.url, { origin });

    expect(await welcome.request('ping')).toMatchObject({ pong: true });
  });

  it('may carry a query', async () => {
    const welcome = await Client.connect(`${service.url}?client=test`);

    expect(await welcome.request('ping')).toMatchObject({ pong: true });
  });
});

describe('with ALLOWED_COMMANDS', () => {
  let strict: Service;

  beforeAll(async () => {
    strict = await Service.start({ ALLOWED_COMMANDS: 'echo,ls' });
  });

  afterAll(async () => {
    await strict.stop();
  });

  beforeEach(async () => {
    client = await Client.connect(strict.url);
  });

  it.each<[string, object]>([
    ['a command on the list', { command: 'echo usable' }],
    ['an argv on the list', { argv: ['echo', 'usable'] }],
  ])('%s runs', async (_, params) => {
    expect((await client.run({ ...params })).stdout).toBe('usable\n');
  });

  it.each<[string, object]>([
    ['rm', { command: 'rm -rf /no/such/directory' }],
    ['rm', { argv: ['rm', '-rf', '/no/such/directory'] }],
    ['/bin/echo', { command: '/bin/echo x' }],
  ])('%s is refused as %j', async (name, params) => {
    const error = await client.failure('execute', params);

    expect(error).toEqual({
      code: -32002,
      message: `Command '${name}' is not allowed`,
      data: { command: name, rule: expect.any(String) },
    });
    await expectUsable();
  });

  it.each([
    'echo a; rm x',
    'echo a && rm x',
    'echo a | rm x',
    'echo a & rm x',
    'echo a\nrm x',
    'echo $(rm x)',
    'echo `rm x`',
    'echo "$(rm x)"',
    'echo <(rm x)',
    'echo > /no/such/directory/x',
    'echo ${x:-$(rm x)}',
    'A=1 echo a',
    'echo $HOME',
    'echo {a,b}',
    '(echo a)',
    'if echo; then rm x; fi',
    'echo() { rm x; }; echo',
    '$0 echo',
    "echo 'a",
    '\\rm x',
    '"rm" x',
  ])('%j is refused', async (text) => {
    expect(await client.failure('execute', { command: text })).toMatchObject({
      code: -32002,
      message: expect.stringMatching(/^Command '.*' is not allowed$/s),
      data: { command: expect.any(String), rule: expect.any(String) },
    });
  });

  it('env is refused', async () => {
    const error: ErrorBody = await client.failure('execute', { command: 'echo a', env: { LD_PRELOAD: '/tmp/x.so' } });

    expect([-32002, -32602]).toContain(error.code);
    await expectUsable();
  });
});
