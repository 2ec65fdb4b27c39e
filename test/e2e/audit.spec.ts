import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll, refusal } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Program, ROOT, runProgram, Service } from './support/service.js';

jest.setTimeout(90_000);

type Line = Readonly<Record<string, unknown>>;

const SECRET = ['gh', 'p_', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0'].join('');

let directory: string;
let path: string;
let service: Service | null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-'));
  path = join(directory, 'audit.jsonl');
  service = null;
});

afterEach(async () => {
  disconnectAll();
  const code = await service?.stop();
  rmSync(directory, { recursive: true, force: true });
  if (code !== undefined) expect(code).toBe(0);
});

/** A client of a service that keeps an audit log. */
async function start(environment: Readonly<Record<string, string>> = {}): Promise<Client> {
  service = await Service.start({ AUDIT_LOG: path, ...environment });
  return Client.connect(service.url);
}

/** Every line so far; each has to be one object of JSON in printable ASCII. */
function lines(file = path): Line[] {
  const text = existsSync(file) ? readFileSync(file, 'latin1') : '';
  expect(text).toMatch(/^([ -~]+\n)*$/);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

async function linesOf(count: number): Promise<Line[]> {
  await eventually(
    () => lines().length,
    (length) => length >= count,
  );
  return lines();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('the audit log', () => {
  it('tells who started and controlled what, and how it ended', async () => {
    const client = await start();
    const execution = await client.execute({ command: 'sleep 60' });
    await execution.control('PAUSE');
    await client.request('control', { type: 'CANCEL' });
    await execution.completed();
    const [started, paused, canceled, end, ...more] = await linesOf(4);
    const actor = { who: null, address: '127.0.0.1', session_id: client.greeting.session_id };

    const common = { time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), execution_id: execution.id, ...actor };
    const accepted = { ...common, decision: 'accepted' };
    const digest = { command_sha256: sha256('sleep 60'), command_bytes: 8 };
    expect(started).toStrictEqual({ ...accepted, event: 'execute', ...digest });
    expect(paused).toStrictEqual({ ...accepted, event: 'control', control: 'PAUSE' });
    expect(canceled).toStrictEqual({ ...accepted, event: 'control', control: 'CANCEL' });
    expect(end).toStrictEqual({
      ...common,
      event: 'end',
      reason: 'canceled',
      exit_code: -15,
      duration: expect.any(Number),
    });
    expect(more).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('tells what was refused, and why', async () => {
    const client = await start({ ALLOWED_COMMANDS: 'true,sleep', RATE_EXECUTIONS: '4/600', AUDIT_COMMANDS: 'text' });
    await client.failure('execute', { command: 'rm -rf /' });
    await client.failure('execute', { command: 'true', unknown: 1 });
    await client.failure('execute', { argv: ['sleep', 1] });
    await client.failure('execute', { command: 'true; rm x' });
    await client.failure('control', { type: 'CANCEL' });
    await client.failure('control', { type: 'FORGED"}' });
    const execution = await client.execute({ argv: ['sleep', '60'] });
    await client.failure('execute', { command: 'true' });
    await execution.control('CANCEL');
    await execution.completed();
    await client.failure('execute', { command: 'true' });

    expect(
      (await linesOf(11)).map(({ event, decision, code, rule, command, control }) => [
        event,
        decision,
        code,
        rule,
        command ?? control,
      ]),
    ).toEqual([
      ['execute', 'refused', -32002, expect.any(String), 'rm -rf /'],
      ['execute', 'refused', -32602, 'invalid_params', 'true'],
      ['execute', 'refused', -32602, 'invalid_params', undefined],
      ['execute', 'refused', -32002, expect.any(String), 'true; rm x'],
      ['control', 'refused', -32003, 'not_running', 'CANCEL'],
      ['control', 'refused', -32602, 'invalid_params', 'FORGED"}'],
      ['execute', 'accepted', undefined, undefined, 'sleep 60'],
      ['execute', 'refused', -32602, 'invalid_params', 'true'],
      ['control', 'accepted', undefined, undefined, 'CANCEL'],
      ['end', undefined, undefined, undefined, undefined],
      ['execute', 'refused', -32005, 'rate_limit', 'true'],
    ]);
  });

  it('tells input and extend, without what was typed', async () => {
    const client = await start({ AUDIT_COMMANDS: 'text' });
    const execution = await client.execute({ command: 'cat', stdin: true });
    await client.request('input', { data: 'hunter2\n', eof: true });
    await execution.completed();
    await client.failure('extend', { timeout: 60, execution_id: execution.id });

    expect((await linesOf(4)).map(({ event, decision, execution_id: id }) => [event, decision, id])).toEqual([
      ['execute', 'accepted', execution.id],
      ['input', 'accepted', execution.id],
      ['end', undefined, execution.id],
      ['extend', 'refused', execution.id],
    ]);
    expect(readFileSync(path, 'utf8')).not.toContain('hunter2');
  });

  it('tells connections that were refused', async () => {
    const client = await start({ RATE_CONNECTIONS: '1/600', MAX_SESSIONS: '1' });
    await refusal(service!.url, { origin: 'https://evil.example' });
    await refusal(service!.url);
    const other = await Client.dial(service!.url, { localAddress: '127.0.0.2' });
    await other.closed;
    expect(client.closed).toBeInstanceOf(Promise);

    expect(
      (await linesOf(3)).map(({ event, decision, code, rule, address }) => [event, decision, code, rule, address]),
    ).toEqual([
      ['connect', 'refused', 403, 'Origin not allowed', '127.0.0.1'],
      ['connect', 'refused', 429, 'Too many connections', '127.0.0.1'],
      ['connect', 'refused', -32001, 'session_limit', '127.0.0.2'],
    ]);
  });

  it('has the lines of a session in their order, down to the last one at the end of the service', async () => {
    const client = await start({ MAX_PROCESSES_PER_SESSION: '200', AUDIT_COMMANDS: 'text' });
    const ids: string[] = [];
    for (let index = 0; index < 30; index++) ids.push((await client.execute({ command: `sleep 60 # ${index}` })).id);
    expect(await service!.stop()).toBe(0);
    service = null;

    const written = lines();
    expect(written.slice(0, 30).map(({ command }) => command)).toEqual(ids.map((_, index) => `sleep 60 # ${index}`));
    const ends = written.slice(30);
    expect(ends.map(({ execution_id: id }) => id).sort()).toEqual([...ids].sort());
    expect(new Set(ends.map(({ event, reason }) => `${String(event)} ${String(reason)}`))).toEqual(
      new Set(['end shutdown']),
    );
  });

  it('may go to stdout, beside the log', async () => {
    const client = await start({ AUDIT_LOG: 'stdout' });
    await client.run({ command: 'true' });
    const [, found = ''] = await service!.prints(/^(\{[^\n]*"event":"end"[^\n]*\})\n/m);

    expect(JSON.parse(found)).toMatchObject({ event: 'end', reason: 'exit', exit_code: 0 });
  });

  it('is not kept without AUDIT_LOG', async () => {
    const client = await start({ AUDIT_LOG: '' });
    await client.run({ command: 'true' });

    expect(service!.stdout).not.toContain('"event"');
  });
});

describe('what a client or a command writes', () => {
  const FORGED = '{"time":"2026-01-01T00:00:00.000Z","event":"execute","decision":"accepted","who":"root"}';
  const FORGERIES: [string, string][] = [
    ['a newline and JSON', `true\n${FORGED}\n`],
    ['a carriage return', `true\r\n${FORGED}\r\n`],
    ['a line separator', `true #\u2028${FORGED}\u2028`],
    ['a paragraph separator', `true #\u2029${FORGED}\u2029`],
    ['a next line', `true #\u0085${FORGED}`],
    ['terminal escapes', `true #\x1b[2K\x1b[1A\x1b]0;x\x07${FORGED}`],
    ['bidirectional text', `true #\u202e${FORGED}\u2066`],
    ['a DEL and backspaces', `true #\x7f\b\b\b${FORGED}`],
    ['quotes and braces', `true # "},${FORGED},{"`],
    ['backslashes', 'true # \\",\\u000a\\'],
    ['a long text', `true # ${'\u2028'.repeat(20_000)}`],
  ];

  it('is one line for each event, wherever it stands', async () => {
    const client = await start({ AUDIT_COMMANDS: 'text', MAX_PROCESSES_PER_SESSION: '5' });
    const counts: [string, number, number][] = [];
    let seen = 0;
    for (const [what, text] of FORGERIES) {
      const forms = [
        { command: text },
        { argv: ['true', text] },
        { command: 'true', labels: { x: text, [text.slice(0, 50)]: 'x' } },
        { command: 'true', env: { FORGED: text } },
        { command: `printf %s "$TEXT"; printf %s "$TEXT" >&2`, env: { TEXT: text } },
      ];
      for (const form of forms) await client.run(form);
      await client.failure('execute', { command: 'true', cwd: text });
      await client.failure('execute', { [text]: text });
      await client.failure('control', { type: text, execution_id: text });
      const written = (await linesOf(seen + 2 * forms.length + 3)).slice(seen);
      seen += written.length;
      counts.push([what, written.length, written.filter(({ event }) => event === 'end').length]);
    }

    expect(counts).toEqual(FORGERIES.map(([what]) => [what, 13, 5]));
    expect(lines().every(({ who }) => who === null)).toBe(true);
    expect(service!.stdout + service!.stderr).not.toContain('root');
  });
});

describe('secrets', () => {
  it('are in no line of the service, and REDACT is not in the environment of a command', async () => {
    const client = await start({
      AUDIT_COMMANDS: 'text',
      LOG_LEVEL: 'verbose',
      REDACT: 'correct horse,corp-*',
    });
    const { stdout } = await client.run({
      command: `echo ${SECRET} --password hunter2 'correct horse' corp-1234; env`,
      env: { TOKEN: SECRET },
      labels: { token: SECRET },
    });
    await client.run({ argv: ['echo', `Authorization: Bearer ${SECRET}`, '--token', 'hunter2', 'correct horse'] });
    await client.failure('execute', { command: `curl https://me:hunter2@example.org`, cwd: `/${SECRET}` });
    const text = JSON.stringify(await linesOf(5));

    expect(stdout).toContain(SECRET);
    expect(stdout).not.toMatch(/^REDACT/m);
    expect(text).toContain('***');
    for (const secret of [SECRET, 'hunter2', 'correct horse', 'corp-1234']) {
      expect(text).not.toContain(secret);
      expect(service!.stdout + service!.stderr).not.toContain(secret);
    }
  });

  it('that REDACT names are not told by the printed configuration, nor by its faults', async () => {
    const config = join(ROOT, 'dist', 'cli', 'config.js');
    const printed = await runProgram([config], { REDACT: 'hunter22' });
    expect(printed.code).toBe(0);
    expect(printed.stdout).not.toContain('hunter22');
    const refused = await runProgram([config], { REDACT: 'hunter22,*x' });

    expect(refused.code).toBe(78);
    expect(refused.stderr).toMatch(/^REDACT: must be/m);
    expect(refused.stderr).not.toContain('hunter22');
  });
});

describe('a file that cannot be written', () => {
  it('is told of once, and commands run on', async () => {
    const client = await start({ AUDIT_LOG: '/dev/full' });
    for (let index = 0; index < 5; index++) await client.run({ command: 'true' });
    await eventually(
      () => service!.stderr,
      (text) => text.includes('cannot be written'),
    );
    expect((await client.run({ command: 'echo on' })).stdout).toBe('on\n');
    expect(service!.stderr.match(/\/dev\/full cannot be written: ENOSPC/g)).toHaveLength(1);
    const { code, stderr } = await service!.end('SIGTERM');
    expect(code).toBe(0);
    expect(stderr).toMatch(/12 lines of the audit log are lost/);
    service!.remove();
    service = null;
  });

  it.each<[string, () => string, RegExp]>([
    ['a relative path', () => 'audit.jsonl', /absolute path/],
    ['a directory', () => directory, /is not a file/],
    ['a path in no directory', () => join(directory, 'none', 'audit.jsonl'), /cannot be written \(ENOENT\)/],
    [
      'a symbolic link',
      () => {
        symlinkSync('/dev/null', path);
        return path;
      },
      /is a symbolic link/,
    ],
  ])('(%s) is refused at start', async (_, target, fault) => {
    const { code, stderr } = await runProgram([join(ROOT, 'dist', 'main.js')], { PORT: '0', AUDIT_LOG: target() });

    expect(code).toBe(78);
    expect(stderr).toMatch(/^AUDIT_LOG: /m);
    expect(stderr).toMatch(fault);
  });
});

describe('a file that is rotated', () => {
  it.each([true, false])('loses no line (told by SIGHUP: %p)', async (isTold) => {
    const client = await start({ AUDIT_COMMANDS: 'text' });
    await client.run({ command: 'echo one' });
    await linesOf(2);
    renameSync(path, `${path}.1`);
    if (isTold) {
      (service as Program).signal('SIGHUP');
      await eventually(
        () => existsSync(path),
        (found) => found,
      );
    }
    await client.run({ command: 'echo two' });

    expect((await linesOf(2)).map(({ command }) => command)).toEqual(['echo two', undefined]);
    expect(lines(`${path}.1`).map(({ command }) => command)).toEqual(['echo one', undefined]);
  });
});
