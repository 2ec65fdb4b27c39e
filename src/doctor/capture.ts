import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../config/inherited-environment.js';
import type { CapturedRun } from './captured-run.js';
import type { DoctorComponent } from './doctor-component.js';

const PROGRAM = fileURLToPath(new URL('../cli/doctor.js', import.meta.url));
/** What is kept of a component's output, far more than any prints. */
const MAX_OUTPUT_CHARACTERS = 1_048_576;
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'REDIS_URL'];

/** Runs a component in a process group and a directory of its own, and keeps what it prints. */
export async function capture(component: DoctorComponent, isLong: boolean): Promise<CapturedRun> {
  const directory = mkdtempSync(join(tmpdir(), 'cc-executor-doctor-'));
  const startedAt = new Date();
  const from = performance.now();
  try {
    const { output, exitStatus } = await run(component, isLong, directory);
    const lines = output.split('\n').filter((line) => line !== '');
    const isSummed = lines.some((line) => line.startsWith(`${component.name}: `) && line.endsWith(' failed'));
    return {
      filename: `dist/doctor/component/${component.name}.js`,
      module: component.name,
      timestamp: startedAt
        .toISOString()
        .replace(/[-:]|\..*/g, '')
        .replace('T', '_'),
      execution_time: startedAt.toISOString(),
      duration_seconds: Math.round(performance.now() - from) / 1000,
      output,
      line_count: lines.length,
      success: exitStatus === 'exit 0' && isSummed,
      has_error: !isSummed,
      exit_status: exitStatus,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function run(
  component: DoctorComponent,
  isLong: boolean,
  directory: string,
): Promise<{ readonly output: string; readonly exitStatus: string }> {
  const limitSeconds = isLong ? (component.maxLongSeconds ?? component.maxSeconds) : component.maxSeconds;
  const isOfUser = component.isOfUser === true;
  const inherited = inheritedEnvironment();
  const neutral = Object.fromEntries(Object.entries(inherited).filter(([name]) => PASSED_ON.includes(name)));
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  const child = spawn(process.execPath, [PROGRAM, '--component', component.name, ...(isLong ? ['--long'] : [])], {
    cwd: isOfUser ? process.cwd() : directory,
    // Its whole group can be ended.
    detached: true,
    env: {
      ...(isOfUser ? inherited : { ...neutral, TMPDIR: temporary }),
      CC_EXECUTOR_DOCTOR_DIRECTORY: directory,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text.slice(0, Math.max(0, MAX_OUTPUT_CHARACTERS - output.length));
    });
  return new Promise((resolve) => {
    let isLate = false;
    const end = (): void => {
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const timer = setTimeout(() => {
      isLate = true;
      end();
    }, limitSeconds * 1000);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ output: `${output}${error.message}\n`, exitStatus: 'not started' });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      end();
      const status = signal === null ? `exit ${String(code)}` : `signal ${signal}`;
      resolve({ output, exitStatus: isLate ? `time limit of ${String(limitSeconds)} s` : status });
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
