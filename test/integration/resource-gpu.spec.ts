import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GpuLoad, UNKNOWN_GPU_LOAD } from '../../src/resource/gpu-load.js';
import { NvidiaGpu } from '../../src/resource/nvidia-gpu.js';
import { eventually } from '../e2e/support/eventually.js';

const SOON = { staleMs: 60_000, restartMs: 20, backOffMs: 5 };
/** As long as a test; ends also where a test fails to end it. */
const STAY = 'exec sleep 60';

let directory: string;
let gpu: NvidiaGpu;
let givenUp: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'integration-'));
  givenUp = [];
});

afterEach(() => {
  gpu.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Puts a program on PATH that first notes its pid, then does as `script` says. */
function install(script: string, name = 'nvidia-smi'): void {
  const file = join(directory, name);
  writeFileSync(file, `#!/bin/sh\necho $$ >>'${directory}/pids'\n${script}\n`);
  chmodSync(file, 0o755);
}

function watch(times = SOON, environment: Readonly<Record<string, string>> = {}): void {
  gpu = new NvidiaGpu(
    { PATH: `relative:${directory}/none:${directory}:/usr/bin:/bin`, ...environment },
    (why) => givenUp.push(why),
    times,
  );
  void gpu.start();
}

/** The runs there were, by pid. */
function pids(): number[] {
  const file = join(directory, 'pids');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function known(): Promise<GpuLoad> {
  return eventually(
    () => gpu.load,
    (load) => load !== UNKNOWN_GPU_LOAD,
  );
}

describe('nvidia-smi', () => {
  it('tells of the busiest GPU and the fullest memory', async () => {
    install(`printf '10, 900, 1000\\n70, 100, 1000\\n[N/A], [N/A], [N/A]\\n'; ${STAY}`);
    watch();

    expect(await known()).toEqual({ gpuPercent: 70, gpuMemoryPercent: 90 });
    expect(pids()).toHaveLength(1);
  });

  it('tells more with each round, from one run', async () => {
    install(`echo '10, 1, 10'; read line <'${directory}/next'; echo '20, 2, 10'; ${STAY}`);
    spawn('mkfifo', [join(directory, 'next')]);
    await eventually(
      () => existsSync(join(directory, 'next')),
      (exists) => exists,
    );
    watch();
    expect((await known()).gpuPercent).toBe(10);

    writeFileSync(join(directory, 'next'), '\n');
    await eventually(
      () => gpu.load,
      ({ gpuPercent }) => gpuPercent === 20,
    );
    expect(pids()).toHaveLength(1);
  });

  it('is asked for what is needed, in a loop, without secrets', async () => {
    install(`echo "$@" >'${directory}/arguments'; env >'${directory}/environment'; echo '1, 1, 1'; ${STAY}`);
    watch(SOON, { LANG: 'C.UTF-8', LD_LIBRARY_PATH: '/opt/cuda', API_KEY: 'secret' });
    await known();

    expect(readFileSync(join(directory, 'arguments'), 'utf8')).toBe(
      '--query-gpu=utilization.gpu,memory.used,memory.total --format=csv,noheader,nounits --loop=2\n',
    );
    const names = readFileSync(join(directory, 'environment'), 'utf8').match(/^\w+/gm) ?? [];
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).sort()).toEqual([
      'LANG',
      'LD_LIBRARY_PATH',
      'PATH',
    ]);
  });

  it.each([
    ['garbage around a row', `echo garbage; printf '\\377\\0\\n'; echo '5, 1, 4'; ${STAY}`, 5, 25],
    ['noise on stderr', `head -c 300000 /dev/zero | tr '\\0' x >&2; echo '5, 1, 4'; ${STAY}`, 5, 25],
    ['an overlong line', `head -c 3000 /dev/zero | tr '\\0' x; echo; echo '5, 1, 4'; ${STAY}`, 5, 25],
    ['a row cut in two', `printf '5, 1'; sleep 0.05; printf ', 4\\n'; ${STAY}`, 5, 25],
    ['a GPU that does not tell its use', `echo '[N/A], 1, 4'; ${STAY}`, null, 25],
  ])('is understood with %s', async (_, script, gpuPercent, gpuMemoryPercent) => {
    install(script);
    watch();
    const load = await eventually(
      () => gpu.load,
      (each) => each.gpuMemoryPercent !== null,
    );

    expect(load).toEqual({ gpuPercent, gpuMemoryPercent });
    expect(givenUp).toEqual([]);
  });

  it.each([
    ['that fails', 'echo NVIDIA-SMI has failed; exit 9', 'it ended with code 9'],
    ['that is killed', 'kill -KILL $$', 'it ended with SIGKILL'],
    ['that prints only garbage', 'echo garbage', 'it ended with code 0'],
    ['that floods with rows', "exec yes '5, 1, 2'", 'it floods its output'],
    ['that floods without a line', 'exec cat /dev/zero', 'it floods its output'],
  ])('%s is tried four times, then given up once', async (_, script, why) => {
    install(script);
    watch();
    await eventually(
      () => givenUp.length,
      (count) => count > 0,
    );

    expect(givenUp).toEqual([why]);
    expect(pids()).toHaveLength(4);
    expect(gpu.load).toBe(UNKNOWN_GPU_LOAD);
    await eventually(
      () => pids().filter(isAlive),
      (alive) => alive.length === 0,
    );
  });

  it('that cannot be started is given up', async () => {
    writeFileSync(join(directory, 'nvidia-smi'), '#!/none/sh\n');
    chmodSync(join(directory, 'nvidia-smi'), 0o755);
    watch();
    await eventually(
      () => givenUp.length,
      (count) => count > 0,
    );

    expect(givenUp).toEqual([expect.stringContaining('ENOENT')]);
  });

  it('that hangs is killed with what it started, and given up', async () => {
    install(`sleep 60 & echo $! >>'${directory}/pids'; wait`);
    watch({ ...SOON, staleMs: 200 });
    await eventually(
      () => givenUp.length,
      (count) => count > 0,
    );

    expect(givenUp).toEqual(['it says nothing']);
    await eventually(
      () => pids().filter(isAlive),
      (alive) => alive.length === 0,
    );
  });

  it('that tells once and then hangs is not believed for ever', async () => {
    install(`echo '5, 1, 4'; ${STAY}`);
    watch({ staleMs: 1000, restartMs: 60_000, backOffMs: 5 });
    await known();
    await eventually(
      () => gpu.load,
      (load) => load === UNKNOWN_GPU_LOAD,
    );
  });

  it('that answers and ends is started again, as often as it does', async () => {
    install("echo '5, 1, 4'");
    watch();
    await eventually(
      () => pids().length,
      (count) => count > 5,
    );

    expect(gpu.load).toEqual({ gpuPercent: 5, gpuMemoryPercent: 25 });
    expect(givenUp).toEqual([]);
  });

  it('is not started where it is not on PATH, not executable, or a directory', async () => {
    mkdirSync(join(directory, 'none', 'nvidia-smi'), { recursive: true });
    writeFileSync(join(directory, 'nvidia-smi'), 'echo 1, 1, 1');
    gpu = new NvidiaGpu({ PATH: `:${directory}/none:${directory}` }, (why) => givenUp.push(why), SOON);
    await gpu.start();

    expect(pids()).toEqual([]);
    expect(givenUp).toEqual([]);
    expect(gpu.load).toEqual(UNKNOWN_GPU_LOAD);
  });

  it('is gone when it is stopped, and does not come again', async () => {
    install(`trap '' TERM INT HUP; echo '5, 1, 4'; sleep 60 & wait`);
    watch();
    await known();
    gpu.stop();
    await eventually(
      () => pids().filter(isAlive),
      (alive) => alive.length === 0,
    );

    expect(pids()).toHaveLength(1);
    expect(givenUp).toEqual([]);
  });

  it('is not started where it is stopped at once', async () => {
    install(`echo '5, 1, 4'; ${STAY}`);
    gpu = new NvidiaGpu({ PATH: directory }, (why) => givenUp.push(why), SOON);
    const started = gpu.start();
    gpu.stop();
    await started;

    expect(pids()).toEqual([]);
  });
});

describe('a process that watches nvidia-smi', () => {
  const module = new URL('../../dist/resource/nvidia-gpu.js', import.meta.url).href;
  let watcher: ChildProcess | undefined;

  afterEach(() => {
    watcher?.kill('SIGKILL');
  });

  function start(rest = ''): ChildProcess {
    const program = `import { NvidiaGpu } from '${module}';
      const gpu = new NvidiaGpu({ PATH: '${directory}:/usr/bin:/bin' }, () => undefined);
      await gpu.start();
      ${rest}`;
    watcher = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return watcher;
  }

  it('leaves none behind where it is killed', async () => {
    install("while echo '5, 1, 4'; do sleep 0.05; done");
    gpu = new NvidiaGpu({}, () => undefined);
    const process = start('setInterval(() => undefined, 1000);');
    const [pid] = await eventually(pids, (found) => found.length > 0);
    process.kill('SIGKILL');

    await eventually(
      () => isAlive(pid!),
      (alive) => !alive,
    );
  });

  it('may end while it does', async () => {
    install("while echo '5, 1, 4'; do sleep 0.05; done");
    gpu = new NvidiaGpu({}, () => undefined);
    const process = start();
    const code = await new Promise((resolve) => process.once('exit', resolve));

    expect(code).toBe(0);
  });
});
