import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { mark, marked, markedGone } from './support/proc.js';
import { Program, ROOT, Service, runProgram } from './support/service.js';

jest.setTimeout(60_000);

const EXEC = join(ROOT, 'dist', 'cli', 'exec.js');
/** Nobody listens on the port of the discard protocol. */
const DEAD_PORT = '9';

describe('the program exec', () => {
  let service: Service;
  let port: string;

  beforeAll(async () => {
    service = await Service.start();
    ({ port } = new URL(service.url));
  });

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

  it('explains itself without a command', async () => {
    const { code, stderr } = await runProgram([EXEC], { PORT: port });

    expect(code).not.toBe(0);
    expect(stderr).toMatch(/usage/i);
  });
});
