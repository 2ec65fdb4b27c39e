import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, within } from './support/eventually.js';
import { Nemesis } from './support/nemesis/nemesis.js';
import { SeededRandom } from './support/nemesis/seeded-random.js';
import { mark, marked, markedGone, processRow } from './support/proc.js';
import { type Ending, Program, ROOT, Service, runProgram } from './support/service.js';

jest.setTimeout(60_000);

const EXEC = join(ROOT, 'dist', 'cli', 'exec.js');
/** Nobody listens on the port of the discard protocol. */
const DEAD_PORT = '9';

describe('the program exec', () => {
  let service: Service;
  let port: string;

  beforeAll(async () => {
    service = await Service.start({ RESUME_GRACE: '1', MAX_PROCESSES_PER_SESSION: '2' });
    ({ port } = new URL(service.url));
  });

  function start(command: string, env: Readonly<Record<string, string>> = {}, ...options: string[]): Program {
    return new Program([process.execPath, EXEC, ...options, command], { PORT: port, ...env });
  }

  /** In a script $NODE $EXEC is the program. */
  async function runShell(script: string): Promise<Ending> {
    const program = new Program(['bash', '-c', script], { PORT: port, NODE: process.execPath, EXEC });
    try {
      return await within(program.ended, script);
    } finally {
      program.signal('SIGKILL');
      program.remove();
    }
  }

  afterAll(async () => {
    await service.stop();
  });

  it('shows what a command prints, on the stream where it prints it', async () => {
    const { code, stdout, stderr } = await runProgram([EXEC, 'echo out; echo err >&2; printf last'], { PORT: port });

    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'out\nlast', stderr: 'err\n' });
  });

  it.each([0, 255])('exits with %j as the command does', async (code) => {
    expect(await runProgram([EXEC, `exit ${code}`], { PORT: port })).toMatchObject({ code, signal: null });
  });

  it('exits as a shell does after a signal', async () => {
    expect(await runProgram([EXEC, 'kill -9 $$'], { PORT: port })).toMatchObject({ code: 137 });
  });

  it('shows output while the command runs', async () => {
    const { id, env } = mark();
    const program = new Program([process.execPath, EXEC, 'echo first; sleep 1000'], { PORT: port, ...env });
    await program.prints(/first\n/);

    await program.end('SIGTERM');
    program.remove();
    await markedGone(id);
    await eventually(
      async () =>
        ((await (await fetch(service.http('/health'))).json()) as { active_sessions: number }).active_sessions,
      (count) => count === 0,
    );
  });

  it('shows much output whole', async () => {
    const { code, stdout } = await runProgram([EXEC, 'seq 1 200000'], { PORT: port });

    expect(code).toBe(0);
    expect(stdout.length).toBe(1_288_895);
    expect(stdout.endsWith('\n199999\n200000\n')).toBe(true);
  });

  it('starts a service for itself where none answers, says so, and leaves nothing', async () => {
    const { id, env } = mark();
    const { code, stdout, stderr } = await runProgram([EXEC, 'echo out; echo err >&2; exit 7'], {
      PORT: DEAD_PORT,
      ...env,
    });

    expect({ code, stdout }).toEqual({ code: 7, stdout: 'out\n' });
    const lines = stderr.split('\n').filter((line) => line !== '');
    expect(lines).toHaveLength(2);
    expect(lines).toContain('err');
    await markedGone(id);
  });

  it('leaves nothing of its own service when it is ended', async () => {
    const { id, env } = mark();
    const program = new Program([process.execPath, EXEC, 'echo first; setsid sleep 1000'], { PORT: DEAD_PORT, ...env });
    await program.prints(/first\n/);
    expect(marked(id).length).toBeGreaterThan(1);

    program.signal('SIGTERM');
    await markedGone(id);
    program.remove();
  });

  it('gives what comes in to the command, to the byte, and gets it back in the same way', async () => {
    const bytes = String.raw`'\377\0\200 text\n'`;
    const { code, stdout } = await runShell(
      `{ printf ${bytes}; seq 1 200000; } | "$NODE" "$EXEC" 'cat; exit 6' > copy; code=$?; sha256sum < copy; ` +
        `{ printf ${bytes}; seq 1 200000; } | sha256sum; exit $code`,
    );

    expect(code).toBe(6);
    const [copy, original] = stdout.split('\n');
    expect(copy).toBe(original);
  });

  it.each([
    ['nothing comes in', '"$NODE" "$EXEC" cat < /dev/null'],
    ['nothing is to come in', 'yes | "$NODE" "$EXEC" --no-stdin cat'],
    ['the command does not read', 'yes | "$NODE" "$EXEC" true'],
    ['the command closes its stdin', 'yes | "$NODE" "$EXEC" "exec <&-; sleep 0.3"'],
  ])('ends with the command where %s', async (_, script) => {
    expect(await runShell(script)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('kills with the second Ctrl-C what the first one does not end', async () => {
    const program = start(`trap 'echo no' TERM; echo ready; while :; do read -t 0.05 x <> <(:); done`);
    await program.prints(/ready\n/);
    program.signal('SIGINT');
    await program.prints(/no\n/);
    // npm gives each Ctrl-C a second time: what comes at once does not count.
    const ended = program.ended;
    const again = setInterval(() => {
      program.signal('SIGINT');
    }, 600);
    const { code } = await within(ended, 'the end').finally(() => {
      clearInterval(again);
    });

    expect(code).toBe(137);
    program.remove();
  });

  it('stops with the command on Ctrl-Z, and goes on with it', async () => {
    const program = start('echo ready $$; while :; do read -t 0.05 x <> <(:); done');
    const [, command = ''] = await program.prints(/ready (\d+)\n/);
    const states = (): string => [program.pid, Number(command)].map((pid) => processRow(pid)?.state ?? '').join('');
    program.signal('SIGTSTP');
    await eventually(states, (both) => both === 'TT');
    program.signal('SIGCONT');
    await eventually(states, (both) => !both.includes('T'));

    const { code } = await program.end('SIGTERM');
    expect(code).toBe(143);
    program.remove();
  });

  it('loses nothing with a connection, and says so in one line', async () => {
    const nemesis = await Nemesis.start([service.url], new SeededRandom(1), 0);
    const program = new Program([process.execPath, EXEC, '--url', nemesis.url, 'echo 1; sleep 1; seq 2 20000'], {});
    await program.prints(/1\n/);
    nemesis.resetAll();
    const { code, stdout, stderr } = await within(program.ended, 'the end');
    await nemesis.stop();
    program.remove();

    expect(code).toBe(0);
    expect(stdout).toHaveLength(108_894);
    expect(stderr).toMatch(/^The connection was lost \(1006\).* back after \d+\.\d s\n$/);
  });

  it('leaves a command running, and follows it again', async () => {
    const program = start('echo first; sleep 1; echo second; exit 8', {}, '--on-disconnect', 'keep', '--id');
    await program.prints(/first\n/);
    const [, id = ''] = /^Execution (\S+)\n/.exec(program.stderr) ?? [];
    await program.end('SIGKILL');
    program.remove();

    expect(await runProgram([EXEC, '--attach', id], { PORT: port })).toMatchObject({
      ...{ code: 8, stdout: 'first\nsecond\n', stderr: '' },
    });
  });

  it.each([
    [['--attach', 'x', 'ls'], /--attach takes no command/],
    [['--timeout', 'soon', 'ls'], /--timeout takes a number/],
    [['--sideways', 'ls'], /--sideways/],
  ])('refuses %j', async (args, reason) => {
    const { code, stderr } = await runProgram([EXEC, ...args], { PORT: port });

    expect(code).toBe(64);
    expect(stderr).toMatch(reason);
  });

  it('tells what the service refuses', async () => {
    const { code, stderr } = await runProgram([EXEC, '--cwd', '/no/such/directory', 'ls'], { PORT: port });

    expect(code).toBe(69);
    expect(stderr).toMatch(/^Invalid params: .*"field":"cwd"/);
  });

  it('explains itself without a command', async () => {
    const { code, stderr } = await runProgram([EXEC], { PORT: port });

    expect(code).not.toBe(0);
    expect(stderr).toMatch(/usage/i);
  });
});
