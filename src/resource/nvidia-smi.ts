import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { BoundedLines } from './bounded-lines.js';
import type { GpuLoad } from './gpu-load.js';
import { gpuRow } from './gpu-row.js';

/** Longest line that can be one of its rows. */
const MAX_LINE_LENGTH = 256;
/** Most it may say within a second: 64 GPUs say 2 KiB every other one. */
const MAX_BYTES_PER_SECOND = 65_536;

/** One running `nvidia-smi` that tells of every GPU every `intervalSeconds`, until it ends or is killed. */
export class NvidiaSmi {
  readonly #process: ChildProcess;
  #silence: NodeJS.Timeout | undefined;
  #why = '';
  #secondStartedAt = -Infinity;
  #bytesInSecond = 0;
  #isFlooding = false;
  /** Settles when the process is gone, with the reason. */
  readonly ended: Promise<string>;

  /**
   * @param onRow is told of each GPU, also of one that has no figures
   * @param silenceMs without a row after which it is killed: it hangs
   * @throws where the system cannot start it
   */
  constructor(
    program: string,
    environment: Readonly<Record<string, string>>,
    intervalSeconds: number,
    private readonly silenceMs: number,
    private readonly onRow: (row: GpuLoad) => void,
  ) {
    // A group of its own: a wrapper is killed together with what it started. It ends by SIGPIPE when nobody reads it.
    this.#process = spawn(program, queryEvery(intervalSeconds), {
      detached: true,
      cwd: '/',
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.ended = this.#watch();
    this.#expectRow();
  }

  /** True where it said more than any number of GPUs could, and was killed for it: none of it is to be believed. */
  get isFlooding(): boolean {
    return this.#isFlooding;
  }

  kill(why = 'it was killed'): void {
    this.#why ||= why;
    clearTimeout(this.#silence);
    this.#process.stdout?.destroy();
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended, and its exit is on its way here.
    }
  }

  #watch(): Promise<string> {
    const lines = new BoundedLines(MAX_LINE_LENGTH, (line) => {
      const row = gpuRow(line);
      if (row === null) return;
      this.#expectRow();
      this.onRow(row);
    });
    const { stdout } = this.#process;
    stdout?.setEncoding('latin1').on('data', (text: string) => {
      this.#count(text.length);
      if (this.#isFlooding) this.kill('it floods its output');
      else lines.push(text);
    });
    // A pipe that breaks is seen by the silence or the exit that follows.
    stdout?.on('error', () => undefined);
    // What it says does not keep a process alive that has nothing else to do, nor does its exit.
    if (stdout instanceof Socket) stdout.unref();
    this.#process.unref();
    return new Promise((resolve) => {
      const end = (why: string): void => {
        clearTimeout(this.#silence);
        stdout?.destroy();
        resolve(this.#why || why);
      };
      this.#process.once('error', (error) => {
        end(error.message);
      });
      this.#process.once('exit', (code, signal) => {
        end(`it ended with ${signal ?? `code ${String(code)}`}`);
      });
    });
  }

  #expectRow(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.kill('it says nothing');
    }, this.silenceMs).unref();
  }

  #count(bytes: number): void {
    const now = performance.now();
    if (now - this.#secondStartedAt >= 1000) {
      this.#secondStartedAt = now;
      this.#bytesInSecond = 0;
    }
    this.#bytesInSecond += bytes;
    this.#isFlooding ||= this.#bytesInSecond > MAX_BYTES_PER_SECOND;
  }
}

function queryEvery(seconds: number): string[] {
  return [
    '--query-gpu=utilization.gpu,memory.used,memory.total',
    '--format=csv,noheader,nounits',
    `--loop=${String(seconds)}`,
  ];
}
