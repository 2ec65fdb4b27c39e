import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { LAUNCHER_PROTOCOL } from '../../src/process/launcher/greeting.js';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { claimOf, cut, Ledger, resume } from './support/ledger.js';
import { descendants, isAlive, mark, markedAppears, markedGone, processes, writtenBytes } from './support/proc.js';
import { Service } from './support/service.js';

jest.setTimeout(60_000);

const SETTINGS = {
  LAUNCHER: 'detached',
  RESUME_GRACE: '30',
  MAX_PROCESSES_PER_SESSION: '8',
  PROCESS_CLEANUP_TIMEOUT: '1',
};

/** What a test has started, and what the tests of a block share. */
const own = new Set<Service>();
const shared = new Set<Service>();

/** The first service on a directory of its own. */
async function first(settings: Record<string, string> = {}, isOwn = true): Promise<Service> {
  const service = await Service.start({ ...SETTINGS, ...settings });
  (isOwn ? own : shared).add(service);
  return service;
}

/** The next service on the directory of another, which is ended first. */
async function next(
  before: Service,
  by: 'SIGKILL' | 'SIGTERM',
  settings: Record<string, string> = {},
  isOwn = true,
): Promise<Service> {
  await before.end(by);
  return first({ ...settings, DATA_DIR: dataOf(before) }, isOwn);
}

/** Where the data of a service is, and of all before it. */
function dataOf(service: Service): string {
  return service.environment.DATA_DIR ?? service.dataDirectory;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function launchers(service: Service): string[] {
  return readdirSync(join(dataOf(service), 'detached', 'launchers'));
}

/** The instances of the launchers that have a directory there. */
function launchersOf(service: Service): string[] {
  const launchers = join(dataOf(service), 'detached', 'launchers');
  return existsSync(launchers) ? readdirSync(launchers) : [];
}

function fifosOf(instance: string): string {
  return `/dev/shm/cc-executor-${instance}`;
}

/** The pids of the launchers of a data directory, by where they write what they have to say. */
function launcherPids(service: Service): number[] {
  return processes()
    .filter((row) => isAlive(row) && saysTo(row.pid).startsWith(`${dataOf(service)}/`))
    .map(({ pid }) => pid);
}

function saysTo(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/2`);
  } catch {
    return '';
  }
}

/** Enters what else comes to the end, where the client before has not had that. */
async function finish(client: Client, ledger: Ledger): Promise<void> {
  if (ledger.completed !== null) return;
  await client.event(ledger.id, ({ method }) => method === 'process.completed', 'process.completed', 60_000);
  ledger.enter(client);
}

function expectWhole(ledger: Ledger, encoding: 'utf8' | 'base64' = 'utf8'): void {
  expect(ledger.gaps).toEqual([]);
  expect(ledger.completed).toMatchObject({ exit_code: 0, seq_last: ledger.lastSeq });
  for (const stream of ['stdout', 'stderr'] as const)
    expect({ bytes: ledger.completed?.bytes[stream], sha256: ledger.completed?.sha256[stream] }).toEqual(
      ledger.stream(stream, encoding),
    );
}

function endAll(services: Set<Service>): void {
  for (const service of services) {
    service.signal('SIGKILL');
    for (const pid of launcherPids(service))
      for (const each of [...descendants(pid).map((row) => row.pid), pid]) kill(each);
  }
  for (const service of services) {
    // No service follows that would.
    for (const instance of launchersOf(service)) rmSync(fifosOf(instance), { recursive: true, force: true });
    service.remove();
  }
  services.clear();
}

afterEach(() => {
  endAll(own);
});

afterAll(disconnectAll);

describe('commands of a service that is killed twice', () => {
  it('go on: each event comes once, and no byte is lost', async () => {
    let service = await first();
    let client = await Client.connect(service.url);
    let claim = claimOf(client);
    const ledgers: Ledger[] = [];
    for (const [command, output] of [
      ['for i in $(seq 40); do seq $((i*1000)) $((i*1000+99)); sleep .1; done', {}],
      ['for i in $(seq 40); do seq 20000; sleep .1; done', { mode: 'lines' }],
      ['for i in $(seq 40); do head -c 500000 /dev/zero | tr "\\\\0" x; sleep .1; done', { mode: 'chunk' }],
      ['for i in $(seq 400); do echo $i; echo $i >&2; sleep .01; done', {}],
    ] as const)
      ledgers.push(new Ledger((await client.execute({ command, output })).id));
    for (let kills = 0; kills < 2; kills++) {
      for (const { id, completed } of ledgers) {
        if (completed !== null) continue;
        const had = client.eventsOf(id).length;
        await client.event(
          id,
          ({ method }) => method === 'process.completed' || client.eventsOf(id).length > had + 3,
          'more events',
        );
      }
      service = await next(service, 'SIGKILL');
      await cut(client);
      for (const ledger of ledgers) ledger.enter(client);
      ({ client, claim } = await resume(service.url, claim, ledgers));
    }
    for (const ledger of ledgers) await finish(client, ledger);

    for (const ledger of ledgers) expectWhole(ledger);
  });
});

describe('a service that takes over', () => {
  let back: Client;
  let ledgers: readonly Ledger[];

  /** What was started before, and what the client has of it. */
  beforeAll(async () => {
    const before = await first({}, false);
    const client = await Client.connect(before.url);
    const asks = 'while read -r x; do echo "got $x"; done; echo end';
    const executions = [
      await client.execute({ command: asks, stdin: true, labels: { a: 'b' } }),
      await client.execute({ command: 'sleep 1000', timeout: 500 }),
      await client.execute({ command: 'sleep 1000', timeout: 4 }),
      await client.execute({ command: 'echo a; sleep 0.5; echo b; exit 7' }),
      await client.execute({ command: 'echo done; exit 3' }),
    ];
    const [asking, sleeping, , , ended] = executions;
    await client.request('input', { execution_id: asking!.id, data: 'one\n' });
    await asking!.prints('got one');
    await client.request('control', { type: 'PAUSE', execution_id: sleeping!.id });
    await sleeping!.event('process.paused');
    await ended!.event('process.completed');
    const after = await next(before, 'SIGKILL', {}, false);
    await cut(client);
    // Of the last two it has got nothing.
    ledgers = executions.map(({ id }, index) => (index < 3 ? new Ledger(id).enter(client) : new Ledger(id)));
    ({ client: back } = await resume(after.url, claimOf(client), ledgers));
  });

  afterAll(() => {
    endAll(shared);
  });

  it('has the state of what runs, its input and its control', async () => {
    const [asking, sleeping] = ledgers as [Ledger, Ledger];
    const { executions } = (await back.request('list')) as { executions: { execution_id: string }[] };
    expect(executions.find(({ execution_id }) => execution_id === asking.id)).toMatchObject({
      state: 'running',
      labels: { a: 'b' },
    });
    expect(executions.find(({ execution_id }) => execution_id === sleeping.id)).toMatchObject({
      state: 'paused',
      timeout: 500,
    });
    await back.request('control', { type: 'RESUME', execution_id: sleeping.id });
    await back.request('control', { type: 'CANCEL', execution_id: sleeping.id });
    await back.request('input', { execution_id: asking.id, data: 'two\n', eof: true });
    for (const ledger of [asking, sleeping]) await finish(back, ledger);

    expectWhole(asking);
    expect(asking.stream('stdout').bytes).toBe('got one\ngot two\nend\n'.length);
    expect(sleeping.completed).toMatchObject({ status: 'canceled', signal: 'SIGTERM' });
  });

  it('lets a time limit go on that began before', async () => {
    const limited = ledgers[2]!;
    await finish(back, limited);

    expect(limited.completed).toMatchObject({ reason: 'timeout' });
    expect(limited.completed?.execution_time).toBeGreaterThanOrEqual(4);
    expect(limited.completed?.execution_time).toBeLessThan(20);
  });

  it('knows how those ended that ended meanwhile, and those that nobody was told of', async () => {
    const [meanwhile, ended] = ledgers.slice(3) as [Ledger, Ledger];
    for (const ledger of [meanwhile, ended]) await finish(back, ledger);

    expect(meanwhile.completed).toMatchObject({ exit_code: 7, seq_last: 4, bytes: { stdout: 4 } });
    expect(ended.completed).toMatchObject({ exit_code: 3, seq_last: 3, bytes: { stdout: 5 } });
  });
});

describe('a command that was taken over', () => {
  const directory = mkdtempSync(join(tmpdir(), 'taken-over-'));
  const hooks = join(directory, 'hooks.yaml');
  const seen = join(directory, 'seen.jsonl');
  const goOn = join(directory, 'go-on');
  const request = { command: `echo first; until [ -e '${goOn}' ]; do sleep .05; done; echo second; exit 3` };
  const key = { idempotency_key: 'once' };

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('is not started again by its key, and has the hooks that come after it', async () => {
    const program = ['sh', '-c', `cat >> '${seen}'`];
    writeFileSync(hooks, JSON.stringify({ hooks: [{ name: 'after', type: 'post-execute', program }] }));
    const before = await first({ HOOKS_FILE: hooks });
    const client = await Client.connect(before.url);
    const told = new Ledger((await client.execute({ command: 'true' })).id);
    await client.event(told.id, ({ method }) => method === 'process.completed', 'process.completed');
    await eventually(
      () => existsSync(seen) && readFileSync(seen, 'utf8').endsWith('}\n'),
      (isWritten) => isWritten,
    );
    const execution = await client.execute({ ...request, ...key });
    await execution.prints('first');
    const ledger = new Ledger(execution.id).enter(client);
    const after = await next(before, 'SIGKILL', { HOOKS_FILE: hooks });
    await cut(client);
    const claim = claimOf(client);
    const { client: back } = await resume(after.url, claim, [ledger, told.enter(client)]);
    const again = await back.request('execute', { ...request, ...key });
    const other = await back.failure('execute', { command: 'true', ...key });
    writeFileSync(goOn, '');
    await finish(back, ledger);
    const lines = await eventually(
      () => readFileSync(seen, 'utf8').trimEnd().split('\n'),
      (written) => written.length > 1 && written.at(-1)?.endsWith('}') === true,
    );

    expect(again).toMatchObject({ execution_id: ledger.id, duplicate: true });
    expect(other).toMatchObject({ code: -32009, data: { execution_id: ledger.id } });
    expect(ledger.stream('stdout').bytes).toBe('first\nsecond\n'.length);
    // Of what had ended before, the service before has told the hook.
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ execution_id: told.id, exit_code: 0 }),
      expect.objectContaining({
        execution_id: ledger.id,
        session_id: claim.session_id,
        exit_code: 3,
        output: { stdout: ['first', 'second'], stderr: [] },
      }),
    ]);
  });
});

describe('a command whose record is damaged', () => {
  it('runs to its end all the same, whatever it prints', async () => {
    const before = await first();
    const client = await Client.connect(before.url);
    const done = join(dataOf(before), 'done');
    const command = `echo ready; read -r x < '${dataOf(before)}/gate'; head -c 4000000 /dev/zero; : > '${done}'`;
    execFileSync('mkfifo', [join(dataOf(before), 'gate')]);
    const execution = await client.execute({ command });
    await execution.prints('ready');
    await before.end('SIGKILL');
    writeFileSync(join(dataOf(before), 'detached', 'executions', execution.id, 'record'), 'damaged');
    const after = await next(before, 'SIGKILL');
    const back = await Client.connect(after.url);
    const { executions } = (await back.request('list')) as { executions: unknown[] };
    writeFileSync(join(dataOf(before), 'gate'), 'go\n');
    await eventually(
      () => existsSync(done),
      (isDone) => isDone,
    );

    expect(executions).toEqual([]);
    expect(after.stdout + after.stderr).toMatch(/cannot be taken over: Error: Its record is damaged/);
  });
});

describe('a service that is asked to stop', () => {
  it('leaves what runs to the next one, and its clients come back', async () => {
    const before = await first();
    const client = await Client.connect(before.url);
    const ledger = new Ledger((await client.execute({ command: 'for i in $(seq 20); do echo $i; sleep .1; done' })).id);
    await client.event(ledger.id, ({ method }) => method === 'process.output', 'output');
    const after = await next(before, 'SIGTERM');
    const { code } = await client.closed;
    ledger.enter(client);
    const { client: back } = await resume(after.url, claimOf(client), [ledger]);
    await finish(back, ledger);

    expect(code).toBe(1001);
    expectWhole(ledger);
  });

  it('leaves no launcher where nothing runs', async () => {
    const before = await first();
    const client = await Client.connect(before.url);
    await (await client.execute({ command: 'true' })).event('process.completed');
    await before.end('SIGTERM');

    await eventually(
      () => [...launcherPids(before), ...launchers(before)],
      (left) => left.length === 0,
    );
  });
});

describe('a launcher that outlives its service', () => {
  it('ends its commands and itself after LAUNCHER_TTL', async () => {
    const { id, env } = mark();
    const before = await first({ LAUNCHER_TTL: '1' });
    const client = await Client.connect(before.url);
    await client.execute({ command: 'sleep 1000 & setsid sleep 1000', env });
    await before.end('SIGKILL');
    await markedAppears(id);

    await markedGone(id);
    await eventually(
      () => launcherPids(before),
      (pids) => pids.length === 0,
    );
  });

  it('blocks a command that prints while there is no service, and loses nothing', async () => {
    const before = await first();
    const client = await Client.connect(before.url);
    const command = 'sleep 0.5; exec head -c 20000000 /dev/zero';
    const execution = await client.execute({ command, output: { mode: 'chunk', encoding: 'base64' } });
    await before.end('SIGKILL');
    await cut(client);
    let seen = 0;
    await eventually(
      () => writtenBytes(execution.pid),
      (bytes) => {
        const isBlocked = bytes > 1_048_576 && bytes === seen;
        seen = bytes;
        return isBlocked;
      },
    );
    const after = await first({ DATA_DIR: dataOf(before) });
    const ledger = new Ledger(execution.id).enter(client);
    const { client: back } = await resume(after.url, claimOf(client), [ledger]);
    await finish(back, ledger);

    expectWhole(ledger, 'base64');
    expect(ledger.stream('stdout', 'base64').bytes).toBe(20_000_000);
  });

  it('and is killed loses its commands, which is told', async () => {
    const { id, env } = mark();
    const before = await first();
    const client = await Client.connect(before.url);
    const execution = await client.execute({ command: 'echo here; sleep 1000 & setsid sleep 1000', env });
    await execution.prints('here');
    await before.end('SIGKILL');
    for (const pid of launcherPids(before)) process.kill(pid, 'SIGKILL');
    const [instance = ''] = launchersOf(before);
    expect(existsSync(fifosOf(instance))).toBe(true);
    await cut(client);
    const after = await first({ DATA_DIR: dataOf(before) });
    const ledger = new Ledger(execution.id).enter(client);
    const { client: back } = await resume(after.url, claimOf(client), [ledger]);
    await finish(back, ledger);
    await markedGone(id);

    expect(ledger.completed).toMatchObject({
      reason: 'server_lost',
      exit_code: null,
      bytes: { stdout: 5, stderr: 0 },
      sha256: { stdout: ledger.stream('stdout').sha256 },
    });
    expect(existsSync(fifosOf(instance))).toBe(false);
  });

  it('refuses one of another version, one who guesses, and a second service', async () => {
    const service = await first();
    // It has its launcher by then.
    await (await (await Client.connect(service.url)).execute({ command: 'true' })).event('process.completed');
    const [name = ''] = launchers(service);
    const directory = join(dataOf(service), 'detached', 'launchers', name);
    const secret = readFileSync(join(directory, 'secret'), 'utf8');
    const answers = [];
    for (const greeting of [{ protocol: 0 }, { secret: 'guessed' }, {}]) {
      const socket = createConnection(join(directory, 'control'));
      socket.write(`${JSON.stringify({ protocol: LAUNCHER_PROTOCOL, secret, ...greeting })}\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      answers.push(JSON.parse(answer.toString()));
      socket.destroy();
    }

    expect(answers).toEqual([{ refusal: 'protocol' }, { refusal: 'secret' }, { refusal: 'taken' }]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'secret')).mode & 0o777).toBe(0o600);
  });
});
