import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PROGRAM_BYPASSES } from '../fixtures/policy/program-bypasses.js';
import { REQUEST_BYPASSES } from '../fixtures/policy/request-bypasses.js';
import { SYNTAX_BYPASSES } from '../fixtures/policy/syntax-bypasses.js';
import { Client, disconnectAll } from './support/client.js';
import { descendants } from './support/proc.js';
import { ROOT, runProgram, Service } from './support/service.js';
import type { Frame, Params } from './support/wire.js';

const MAIN = join(ROOT, 'dist', 'main.js');
const ALLOWED = '[,cat,echo,env,head,ls,printf,pwd,seq,sort,split,test,true,wc,absent';

const place = realpathSync(mkdtempSync(join(tmpdir(), 'allow-list-')));
const inside = join(place, 'inside');
const marker = join(inside, 'marker');
const policyFile = join(place, 'policy.yaml');
for (const path of ['inside/deep', 'inside/bin', 'outside']) mkdirSync(join(place, path), { recursive: true });
symlinkSync('../outside', join(inside, 'link'));
for (const name of ['evil', 'echo', 'bin/ls'])
  writeFileSync(join(inside, name), `#!/bin/sh\n: > ${marker}\n`, { mode: 0o755 });
writeFileSync(join(inside, 'evil.sh'), `: > ${marker}\n`);
writeFileSync(
  policyFile,
  `
commands:
  - {programs: [env], runs_commands: accepted, max_arguments: 0}
  - {programs: [cat], allowed_options: [-n], denied_arguments: ['/etc/**']}
environment:
  allowed: [GREETING, LC_*]
`,
);

let service: Service;
let client: Client;

beforeAll(async () => {
  service = await Service.start({ ALLOWED_COMMANDS: ALLOWED, POLICY_FILE: policyFile, WORKDIR_ROOT: inside });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
  rmSync(place, { recursive: true, force: true });
});

beforeEach(async () => {
  client = await Client.connect(service.url);
});

afterEach(() => {
  rmSync(marker, { force: true });
  disconnectAll();
});

describe('what is allowed runs', () => {
  it.each([
    ['a plain command', 'echo usable', 'usable\n'],
    ['quotes', `echo 'a  b' "c  'd'" e\\ f`, "a  b c  'd' e f\n"],
    ['what only looks like syntax', `echo '$(x) \`y\` ; | & > < * ~ {a,b} \\'`, '$(x) `y` ; | & > < * ~ {a,b} \\\n'],
    ['an apostrophe', `echo 'it'"'"'s' "it's"`, "it's it's\n"],
    ['empty arguments', `printf '<%s>' '' "" a`, '<><><a>'],
    ['a newline in quotes', "echo 'a\nb'", 'a\nb\n'],
    ['characters of all kinds', `echo 'ünï' 日本 "😀"`, 'ünï 日本 😀\n'],
    ['a pipe', `printf 'b\\na\\n' | sort`, 'a\nb\n'],
    ['a long pipe', 'seq 100 | sort -r | head -n 3 | wc -l', '3\n'],
    ['a list', 'echo a; echo b', 'a\nb\n'],
    ['lines', 'echo a\n\n# a comment\necho b\n', 'a\nb\n'],
    ['conditions', '[ -d deep ] && echo yes || echo no', 'yes\n'],
    ['conditions that fail', "test -d 'no such' && echo yes || echo no", 'no\n'],
    ['a program for which the list accepts that it runs others', 'env | wc -c | cat -n | head -n 0', ''],
  ])('%s', async (_, command, stdout) => {
    const run = await client.run({ command });

    expect(run).toMatchObject({ stdout, stderr: '', completed: { exit_code: 0 } });
  });

  it('with its own exit code', async () => {
    expect((await client.run({ command: 'test a = b' })).completed).toMatchObject({ exit_code: 1, reason: 'exit' });
    expect((await client.run({ command: 'true | test a = b' })).completed).toMatchObject({ exit_code: 1 });
  });

  it('without a shell', async () => {
    expect(await client.run({ argv: ['printf', '%s|', '$x', '; touch y', '*'] })).toMatchObject({
      stdout: '$x|; touch y|*|',
    });
  });
});

describe('the allow-list holds', () => {
  const lines = [...SYNTAX_BYPASSES, ...PROGRAM_BYPASSES].map(([name, command]) => [name, { command }] as const);
  const requests = REQUEST_BYPASSES.map(
    ([name, { program, environment }]) => [name, { ...program, env: environment }] as const,
  );

  it.each<readonly [string, object]>([...lines, ...requests])('against %s', async (_, params) => {
    const request = JSON.parse(JSON.stringify(params).replaceAll('{M}', marker)) as Params;
    const answer = await client.call('execute', request);
    if (answer.error === undefined) await ended(answer);
    else
      expect(answer.error).toMatchObject({
        code: -32002,
        data: { command: expect.any(String), rule: expect.any(String) },
      });

    expect(existsSync(marker)).toBe(false);
  });

  it.each<[string, Params, string, string]>([
    ['another program', { command: 'rm x' }, 'rm', 'not_on_allow_list'],
    ['the second of a list', { command: 'echo a; rm x' }, 'rm', 'not_on_allow_list'],
    ['a path', { argv: ['/bin/echo'] }, '/bin/echo', 'not_on_allow_list'],
    ['a substitution', { command: 'echo $(ls)' }, 'echo', 'substitution'],
    ['a program that is not there', { command: 'absent' }, 'absent', 'no_such_program'],
    ['too many arguments', { command: 'env rm x' }, 'env', 'argument_not_allowed'],
    ['a denied argument', { command: 'echo a | cat /etc/passwd' }, 'cat', 'argument_not_allowed'],
    ['an option that is not allowed', { argv: ['cat', '-A'] }, 'cat', 'argument_not_allowed'],
    ['a variable', { command: 'echo', env: { PATH: '/tmp' } }, 'echo', 'environment'],
    ['a directory outside', { command: 'pwd', cwd: '..' }, 'pwd', 'working_directory'],
    ['a link out', { command: 'pwd', cwd: 'link' }, 'pwd', 'working_directory'],
    ['an absolute directory', { argv: ['pwd'], cwd: '/tmp' }, 'pwd', 'working_directory'],
    ['a line that is too long', { command: `echo ${'a'.repeat(16_384)}` }, 'echo', 'too_long'],
  ])('%s is refused with its rule, and nothing starts', async (_, params, command, rule) => {
    const before = leaders();

    expect(await client.failure('execute', params)).toEqual({
      code: -32002,
      message: `Command '${command}' is not allowed`,
      data: { command, rule },
    });
    expect(leaders()).toEqual(before);
    expect((await client.run({ command: 'echo usable' })).stdout).toBe('usable\n');
  });
});

describe('environment and directory', () => {
  it('an allowed variable reaches the command', async () => {
    const { stdout } = await client.run({ command: 'env', env: { GREETING: 'hello there', LC_ALL: 'C' } });

    expect(stdout).toContain('GREETING=hello there\n');
  });

  it.each([
    [undefined, inside],
    ['deep', join(inside, 'deep')],
    [join(place, 'outside', '..', 'inside', 'deep'), join(inside, 'deep')],
  ])('in %j a command runs in the real directory', async (cwd, path) => {
    expect((await client.run({ argv: ['pwd'], ...(cwd !== undefined && { cwd }) })).stdout).toBe(`${path}\n`);
  });
});

describe('explain', () => {
  it('tells what would run, and starts nothing', async () => {
    const answer = await client.request('explain', { command: `echo "a b" | cat && echo 'c'` });

    expect(answer).toMatchObject({ allowed: true, rule: null, command: null, cwd: inside });
    const { argv } = (answer as { runs: { argv: string[] } }).runs;
    expect(argv.at(-1)).toMatch(/^'\/\S+\/echo' 'a b' \| '\/\S+\/cat' && '\/\S+\/echo' 'c'$/);
    expect(client.frames.filter(({ method }) => method === 'process.started')).toEqual([]);
  });

  it('tells why a command is refused', async () => {
    expect(await client.request('explain', { argv: ['cat', '/etc/passwd'], cwd: 'deep' })).toMatchObject({
      ...{ allowed: false, rule: 'argument_not_allowed', command: 'cat', runs: null },
      reasons: [expect.stringContaining('"/etc/passwd" is denied')],
    });
  });
});

describe('the service', () => {
  it('with an empty list runs nothing', async () => {
    const strict = await Service.start({ ALLOWED_COMMANDS: '' });
    const session = await Client.connect(strict.url);

    for (const params of [{ command: 'true' }, { argv: ['true'] }, { command: ':' }])
      expect(await session.failure('execute', params)).toMatchObject({
        code: -32002,
        data: { rule: 'not_on_allow_list' },
      });
    expect(await strict.stop()).toBe(0);
  });

  it('without a list runs everything, as the client wrote it, and says so when it starts', async () => {
    const open = await Service.start();
    const session = await Client.connect(open.url);

    expect(open.stdout).toContain('Every command is allowed: ALLOWED_COMMANDS is not set');
    const { stdout } = await session.run({
      command: 'x=$(echo $Y); echo $x > f; cat f',
      env: { Y: 'z', PATH: '/usr/bin:/bin' },
    });
    expect(stdout).toBe('z\n');
    expect(await open.stop()).toBe(0);
  });

  it('tells at its start of names for which there is no program', () => {
    expect(service.stdout).toContain('ALLOWED_COMMANDS: absent is no program in PATH');
  });

  it('does not start with what cannot hold, and names each fault in a line', async () => {
    const file = join(place, 'faulty.yaml');
    writeFileSync(file, 'commands: [{programs: [ls], max_arguments: many}]');
    const { code, stderr } = await runProgram([MAIN], {
      ...{ PORT: '0', ALLOWED_COMMANDS: 'ls,find,./x,git', POLICY_FILE: file, WORKDIR_ROOT: '/no/such/directory' },
    });

    expect(code).toBe(78);
    expect(stderr.trim().split('\n').slice(1)).toEqual([
      'POLICY_FILE: commands[0].max_arguments must be a whole number from 0 to 100000',
      'ALLOWED_COMMANDS: "./x" must be the name of a program or its absolute path',
      expect.stringMatching(/^ALLOWED_COMMANDS: find runs other commands; /),
      expect.stringMatching(/^ALLOWED_COMMANDS: git runs other commands; /),
      'WORKDIR_ROOT: cannot be used (ENOENT)',
    ]);
  });
});

/** The processes beneath the service that lead a session, as every command does. */
function leaders(): number[] {
  return descendants(service.pid)
    .filter(({ pid, session }) => pid === session)
    .map(({ pid }) => pid);
}

/** Resolves when the execution that an answer tells of has ended. */
async function ended(answer: Frame): Promise<void> {
  const { execution_id: id } = answer.result as { execution_id: string };
  await client.event(id, ({ method }) => method === 'process.completed', 'the end');
}
