import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { ROOT, runProgram, Service } from './support/service.js';

const directory = mkdtempSync(join(tmpdir(), 'hooks-'));
const metrics = join(directory, 'metrics.jsonl');
const outputs = join(directory, 'outputs.jsonl');
const seen = join(directory, 'seen.jsonl');
const example = (name: string): string => join(ROOT, 'config', 'hooks', name);

/** A hook that is a line of shell. */
const sh = (line: string, ...args: string[]): string[] => ['sh', '-c', line, 'sh', ...args];
const answers = (answer: object): string[] => sh(`cat > /dev/null; printf %s '${JSON.stringify(answer)}'`);
const hook = (name: string, program: readonly string[], given: object = {}): object => ({
  name,
  type: 'pre-execute',
  program,
  commands: [`: ${name}*`],
  ...given,
});

const HOOKS = [
  hook('sets', answers({ env: { GREETING: 'hello', LANG: 'C' }, cwd: directory })),
  hook('wraps', answers({ wrap: ['env', 'WRAPPED=yes'] })),
  hook('replaces', answers({ argv: ['printf', '%s', 'something else'] })),
  hook('refuses', answers({ allow: false, reason: 'Not on a Sunday' })),
  hook('says', answers({ warning: 'Mind the gap' })),
  hook('fails', sh('cat > /dev/null; echo why >&2; exit 3')),
  hook('fails-badly', sh('exit 3'), { on_failure: 'refuse' }),
  hook('late', sh('sleep 60 & wait'), { timeout: 0.2 }),
  hook('babbles', sh('echo no json')),
  hook('foreign', answers({ env: { CC_EXECUTOR_INSTANCE: 'x' } })),
  hook('floods', sh('yes')),
  hook('absent', ['/nonexistent/program']),
  hook('slow', sh('cat > /dev/null; sleep 1.5')),
  hook('cached', sh(`cat >> '${seen}'; echo '{"env":{"CACHED":"yes"}}'`), { cache: 60 }),
  hook('chain', answers({ env: { ONE: '1' } })),
  { ...hook('chain-2', sh('grep -q "\\"ONE\\":\\"1\\"" && echo \'{"env":{"TWO":"2"}}\'')), commands: [': chain*'] },
  {
    ...hook('no-cancel', answers({ allow: false, reason: 'Let it end' })),
    type: 'pre-control',
    commands: ['sleep 5.5'],
  },
  { ...hook('control-fails', sh('exit 1')), type: 'pre-control', commands: ['sleep 5.25'] },
  { ...hook('after', sh(`cat >> '${seen}'`)), type: 'post-execute', commands: ['printf 1*'] },
  { ...hook('output', sh(`cat >> '${seen}'`)), type: 'post-output', commands: ['seq 1 300'] },
  { ...hook('after-fails', sh('echo broken >&2; exit 9')), type: 'post-execute', commands: ['printf 2'] },
  {
    ...hook('venv', ['node', example('activate-venv.mjs')]),
    commands: ['python3 *', 'echo "$VIRTUAL_ENV*'],
    cache: 10,
  },
  hook('needs', ['node', example('check-dependencies.mjs'), '--refuse', 'sh', 'no-such-program', 'file:no-such-file']),
  hook('wants', ['node', example('check-dependencies.mjs'), 'sh', 'npm:no-such-package', 'python:no_such_module']),
  hook('has', ['node', example('check-dependencies.mjs'), '--refuse', 'sh', 'python:json', `file:${ROOT}`]),
  { ...hook('metrics', ['node', example('record-metrics.mjs'), metrics]), type: 'post-execute', commands: ['exit 4'] },
  {
    ...hook('to-the-end', ['node', example('refuse-control.mjs'), 'PAUSE', 'CANCEL']),
    type: 'pre-control',
    commands: ['exec sleep 5.75'],
  },
  {
    ...hook('printed', ['node', example('record-output.mjs'), outputs, '2']),
    type: 'post-output',
    commands: ['seq 1 30; echo no >&2'],
  },
];

let service: Service;
let client: Client;

beforeAll(async () => {
  const file = join(directory, 'hooks.yaml');
  writeFileSync(file, JSON.stringify({ hooks: HOOKS }));
  service = await Service.start({ HOOKS_FILE: file, MAX_PROCESSES_PER_SESSION: '4' });
  client = await Client.connect(service.url);
});

afterAll(async () => {
  disconnectAll();
  const code = await service.stop();
  rmSync(directory, { recursive: true, force: true });
  expect(code).toBe(0);
});

/** What was written to `seen` about a hook. */
function inputsOf(name: string): any[] {
  try {
    return readFileSync(seen, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
      .filter((input) => input.name === name);
  } catch {
    return [];
  }
}

describe('a hook before a command', () => {
  it('changes its environment and its directory', async () => {
    const { stdout } = await client.run({ command: ': sets; echo "$GREETING $OWN $LANG"; pwd', env: { OWN: 'own' } });

    expect(stdout).toBe(`hello own C\n${directory}\n`);
  });

  it.each([
    [': wraps; echo "$WRAPPED"', 'yes\n'],
    [': replaces; echo no', 'something else'],
  ])('makes something else of %s', async (command, expected) => {
    const { stdout } = await client.run({ command });

    expect(stdout).toBe(expected);
  });

  it('refuses it and says why', async () => {
    expect(await client.failure('execute', { command: ': refuses' })).toEqual({
      code: -32002,
      message: "Command ':' is not allowed",
      data: { command: ':', rule: 'hook', reason: 'Not on a Sunday' },
    });
  });

  it('passes on what the one before it made of the request', async () => {
    const { stdout } = await client.run({ command: ': chain; echo "$ONE $TWO"' });

    expect(stdout).toBe('1 2\n');
  });

  it.each([
    ['says', null, '', 'Mind the gap', 'warning'],
    ['fails', 'exit', 'why\n', 'The hook fails failed: it ended with exit code 3', 'error'],
    ['late', 'timeout', '', 'The hook late failed: it took longer than 0.2 s', 'error'],
    ['babbles', 'bad_answer', '', 'The hook babbles failed: its answer is no JSON object', 'error'],
    ['floods', 'bad_answer', '', 'The hook floods failed: it printed more than 65536 bytes', 'error'],
    ['absent', 'not_started', '', 'The hook absent failed: it cannot be started (ENOENT)', 'error'],
  ])('that %s is told by a warning, and the command runs', async (name, error, stderr, message, severity) => {
    const { execution, stdout } = await client.run({ command: `: ${name}; echo done` });

    expect(stdout).toBe('done\n');
    expect((await execution.event('hook.warning')).params).toEqual({
      hook: name,
      hook_type: 'pre-execute',
      error,
      stderr,
      message,
      severity,
      execution_id: execution.id,
      session_id: client.greeting.session_id,
      seq: 2,
    });
  });

  it('may not set the marks of the service', async () => {
    const { execution } = await client.run({ command: ': foreign' });

    expect((await execution.event('hook.warning')).params).toMatchObject({ error: 'bad_answer' });
  });

  it('whose failure refuses, refuses', async () => {
    expect((await client.failure('execute', { command: ': fails-badly' })).data).toEqual({
      command: ':',
      rule: 'hook',
      reason: 'The hook fails-badly failed: it ended with exit code 3',
    });
  });

  it('runs once for the same question while its answer is kept', async () => {
    const first = await client.run({ command: ': cached; echo "$CACHED"' });
    const again = await client.run({ command: ': cached; echo "$CACHED"' });
    await client.run({ command: ': cached; echo "$CACHED"', cwd: '/' });

    expect([first.stdout, again.stdout]).toEqual(['yes\n', 'yes\n']);
    expect(inputsOf('cached').map(({ cwd }) => cwd)).toEqual([service.directory, '/']);
    expect(inputsOf('cached')[0]).not.toHaveProperty('session_id');
  });

  it('holds up nobody else', async () => {
    const other = await Client.connect(service.url);
    const order: string[] = [];
    const slow = client.run({ command: ': slow' }).then(() => order.push('slow'));
    await other.run({ command: 'true' });
    order.push('other');
    expect(await client.request('ping')).toMatchObject({ pong: true });
    order.push('ping');
    await slow;

    expect(order).toEqual(['other', 'ping', 'slow']);
    await other.close();
  });
});

describe('a hook before control', () => {
  it('refuses it', async () => {
    const execution = await client.execute({ command: 'sleep 5.5' });

    expect((await client.failure('control', { type: 'PAUSE', execution_id: execution.id })).data).toEqual({
      command: 'PAUSE',
      rule: 'hook',
      reason: 'Let it end',
    });
    process.kill(-execution.pid, 'SIGTERM');
    expect(await execution.completed()).toMatchObject({ reason: 'signal' });
  });

  it('that fails is told, and the control is done', async () => {
    const execution = await client.execute({ command: 'sleep 5.25' });
    await execution.control('CANCEL');

    expect(await execution.completed()).toMatchObject({ reason: 'canceled' });
    expect((await execution.event('hook.warning')).params).toMatchObject({ hook_type: 'pre-control', error: 'exit' });
  });
});

describe('a hook after a command', () => {
  it('gets its exit and the first lines of its output', async () => {
    const { execution, completed } = await client.run({ command: 'printf 1; echo; seq 2 200; echo no >&2; exit 7' });
    const [input] = await eventually(
      () => inputsOf('after'),
      (inputs) => inputs.length > 0,
    );

    expect(input).toMatchObject({
      hook: 'post-execute',
      session_id: client.greeting.session_id,
      execution_id: execution.id,
      status: 'failed',
      exit_code: 7,
      reason: 'exit',
      duration: completed.execution_time,
      bytes: completed.bytes,
    });
    expect(input.output.stdout).toEqual(Array.from({ length: 100 }, (_, index) => String(index + 1)));
    expect(input.output.stderr).toEqual(['no']);
  });

  it('gets the last lines of its output and the digests', async () => {
    const { completed } = await client.run({ command: 'seq 1 300' });
    const [input] = await eventually(
      () => inputsOf('output'),
      (inputs) => inputs.length > 0,
    );

    expect(input).toMatchObject({ hook: 'post-output', sha256: completed.sha256 });
    expect(input.last_output.stdout).toEqual(Array.from({ length: 100 }, (_, index) => String(index + 201)));
  });

  it('that fails is told after the end, without a number', async () => {
    const { execution } = await client.run({ command: 'printf 2' });
    const { params } = await client.event(execution.id, ({ method }) => method === 'hook.warning', 'the warning');

    expect(params).toMatchObject({ hook: 'after-fails', hook_type: 'post-execute', error: 'exit', stderr: 'broken\n' });
    expect(params).not.toHaveProperty('seq');
  });
});

describe('hook_status', () => {
  it("tells what is configured and the session's own runs only", async () => {
    const other = await Client.connect(service.url);
    await expect(other.request('hook_status')).resolves.toMatchObject({
      enabled: true,
      recent_executions: [],
      statistics: { runs: 0, cached: 0, failures: 0, refusals: 0, mean_duration: null },
    });
    const { execution } = await other.run({ command: ': cached; echo "$CACHED"' });
    await other.failure('execute', { command: ': refuses' });
    const status = (await other.request('hook_status')) as any;

    expect(status.hooks_configured).toHaveLength(HOOKS.length);
    expect(JSON.stringify(status)).not.toContain(directory);
    expect(status.recent_executions).toMatchObject([
      { hook: 'cached', execution_id: execution.id, cached: true, status: 'ok', error: null },
      { hook: 'refuses', execution_id: null, cached: false, status: 'refused', message: 'Not on a Sunday' },
    ]);
    expect(status.statistics).toMatchObject({ runs: 1, cached: 1, failures: 0, refusals: 1 });
    await other.close();
  });
});

describe('the ready hooks', () => {
  it('activate the .venv above the working directory', async () => {
    const environment = join(directory, 'project', '.venv');
    mkdirSync(join(environment, 'bin'), { recursive: true });
    mkdirSync(join(directory, 'project', 'src', 'deep'), { recursive: true });
    writeFileSync(join(environment, 'pyvenv.cfg'), 'home = /usr/bin\n');
    const { stdout } = await client.run({
      command: 'echo "$VIRTUAL_ENV|${PATH%%:*}"',
      cwd: join(directory, 'project', 'src', 'deep'),
    });
    const { stdout: elsewhere } = await client.run({ command: 'echo "$VIRTUAL_ENV|"', cwd: '/' });

    expect(stdout).toBe(`${environment}|${environment}/bin\n`);
    expect(elsewhere).toBe('|\n');
  });

  it('name the dependencies that are missing', async () => {
    expect((await client.failure('execute', { command: ': needs' })).data).toMatchObject({
      reason: 'Missing: no-such-program, file:no-such-file',
    });
    const { execution } = await client.run({ command: ': wants' });
    expect((await execution.event('hook.warning')).params).toMatchObject({
      message: 'Missing: npm:no-such-package, python:no_such_module',
    });
    expect((await client.run({ command: ': has; echo all' })).stdout).toBe('all\n');
  });

  it('record metrics as lines of JSON', async () => {
    const { execution } = await client.run({ command: 'exit 4' });

    expect(await lineOf(metrics)).toMatchObject({
      execution_id: execution.id,
      command: 'exit 4',
      exit_code: 4,
      bytes: {},
    });
  });

  it('let what has begun run to its end', async () => {
    const execution = await client.execute({ command: 'exec sleep 5.75' });

    for (const type of ['PAUSE', 'CANCEL'])
      expect((await client.failure('control', { type, execution_id: execution.id })).data).toEqual({
        command: type,
        rule: 'hook',
        reason: `${type} is refused: this command runs to its end`,
      });
    await client.request('control', { type: 'SIGNAL', execution_id: execution.id, signal: 'SIGTERM' });
    expect(await execution.completed()).toMatchObject({ reason: 'signal' });
  });

  it('record what was printed last, and the digests', async () => {
    const { execution, completed } = await client.run({ command: 'seq 1 30; echo no >&2' });

    expect(await lineOf(outputs)).toMatchObject({
      execution_id: execution.id,
      bytes: completed.bytes,
      sha256: completed.sha256,
      last_output: { stdout: ['29', '30'], stderr: ['no'] },
    });
  });

  it('are those of the example, of each type, which a service takes', async () => {
    const file = join(ROOT, 'config', 'hooks.example.yaml');
    const whole = await Service.start({ HOOKS_FILE: file });
    const guest = await Client.connect(whole.url);
    const { hooks_configured: configured } = (await guest.request('hook_status')) as {
      hooks_configured: { hook_type: string }[];
    };
    await guest.close();
    const programs = readdirSync(join(ROOT, 'config', 'hooks'));

    expect(new Set(configured.map(({ hook_type }) => hook_type))).toEqual(
      new Set(['pre-execute', 'pre-control', 'post-output', 'post-execute']),
    );
    expect(programs.filter((name) => !readFileSync(file, 'utf8').includes(`./hooks/${name}`))).toEqual([]);
    expect(await whole.stop()).toBe(0);
  });
});

/** The one line of JSON that a hook writes into a file. */
async function lineOf(path: string): Promise<any> {
  const text = await eventually(
    () => readOrEmpty(path),
    (found) => found.endsWith('\n'),
  );
  return JSON.parse(text);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

describe('with a list of allowed commands', () => {
  let guarded: Service;
  let guest: Client;

  beforeAll(async () => {
    const file = join(directory, 'guarded.yaml');
    const hooks = [
      hook('wraps', answers({ wrap: ['nice'] }), { commands: ['echo wraps*'] }),
      hook('replaces', answers({ argv: ['id'] }), { commands: ['echo replaces*'] }),
      hook('allows', answers({ command: 'echo allowed' }), { commands: ['forbidden*'] }),
      hook('leads-out', answers({ cwd: '/' }), { commands: ['echo leads-out'] }),
      hook('sets', answers({ env: { PATH: '/opt/bin' } }), { commands: ['printenv PATH'], sets: ['PATH'] }),
      hook('presumes', answers({ env: { HOME: '/opt' } }), { commands: ['printenv HOME'], sets: ['PATH'] }),
    ];
    writeFileSync(file, JSON.stringify({ hooks }));
    guarded = await Service.start({
      HOOKS_FILE: file,
      ALLOWED_COMMANDS: 'echo,printenv',
      WORKDIR_ROOT: directory,
    });
    guest = await Client.connect(guarded.url);
  });

  afterAll(() => guarded.stop());

  it.each([
    ['echo wraps', 'nice', 'not_on_allow_list'],
    ['echo replaces', 'id', 'not_on_allow_list'],
    ['echo leads-out', 'echo', 'working_directory'],
    ['printenv HOME', 'printenv', 'environment'],
  ])('the list judges what a hook makes of %s', async (command, refused, rule) => {
    expect((await guest.failure('execute', { command })).data).toEqual({ command: refused, rule });
  });

  it('a hook may make an allowed command of another, and set the variables it is to set', async () => {
    expect((await guest.run({ command: 'forbidden' })).stdout).toBe('allowed\n');
    expect((await guest.run({ command: 'printenv PATH' })).stdout).toBe('/opt/bin\n');
    expect((await guest.failure('execute', { command: 'printenv PATH', env: { HOME: '/' } })).data).toMatchObject({
      rule: 'environment',
    });
  });
});

(process.getuid?.() === 0 ? describe : describe.skip)('where commands run as another user (needs root)', () => {
  it("a hook runs as the service's", async () => {
    const file = join(directory, 'user.yaml');
    const program = sh('cat > /dev/null; echo "{\\"warning\\":\\"$(id -u)\\"}"');
    writeFileSync(file, JSON.stringify({ hooks: [hook('who', program)] }));
    const other = await Service.start({ HOOKS_FILE: file, RUN_AS: '65534:65534', WORKDIR_ROOT: '/' });
    const guest = await Client.connect(other.url);
    const { execution, stdout } = await guest.run({ command: ': who; id -u' });

    expect(stdout).toBe('65534\n');
    expect((await execution.event('hook.warning')).params).toMatchObject({ message: '0' });
    expect(await other.stop()).toBe(0);
  });
});

describe('when the service ends', () => {
  it('hooks after commands run, and nobody waits for one before them', async () => {
    const file = join(directory, 'ending.yaml');
    const ended = join(directory, 'ended');
    const hooks = [
      hook('endless', sh('echo $$ > "$1"; exec sleep 1000', join(directory, 'pid')), { timeout: 100 }),
      { ...hook('after', sh(`sleep 0.2; cat > '${ended}'`)), type: 'post-execute', commands: ['sleep 300'] },
    ];
    writeFileSync(file, JSON.stringify({ hooks }));
    const ending = await Service.start({ HOOKS_FILE: file, MAX_PROCESSES_PER_SESSION: '2' });
    const guest = await Client.connect(ending.url);
    await guest.execute({ command: 'sleep 300' });
    const refused = guest.failure('execute', { command: ': endless' });
    const pid = await eventually(
      () => Number(readOrEmpty(join(directory, 'pid'))),
      (found) => found > 0,
    );

    expect(await ending.stop()).toBe(0);
    expect(await refused).toMatchObject({ code: -32008, data: { resource: 'system', retryable: true } });
    expect(JSON.parse(readOrEmpty(ended))).toMatchObject({ reason: 'shutdown' });
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('a faulty file is refused at start', async () => {
    const text = 'hooks: [{name: a, type: before, program: [x]}]';
    const file = join(directory, 'faulty.yaml');
    writeFileSync(file, text);
    const { code, stderr } = await runProgram([join(ROOT, 'dist', 'main.js')], { HOOKS_FILE: file });

    expect(code).toBe(78);
    expect(stderr).toContain('HOOKS_FILE: hooks[0].type must be one of pre-execute');
  });
});
