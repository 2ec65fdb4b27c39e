import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { PipeReader } from '../stream/pipe-reader.js';
import { CommandStdin } from './command-stdin.js';
import type { PipeEnds } from './command-pipes.js';
import type { ChildListener } from './launched-children.js';
import { LauncherService } from './launcher.service.js';
import { openPipes } from './open-pipes.js';

/** A program of the operator's, and what it is given. */
export interface OwnProgram {
  readonly argv: readonly [string, ...string[]];
  readonly input: Buffer;
  readonly timeoutMs: number;
  /** Of each stream; more ends it. */
  readonly maxOutputBytes: number;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
}

/** How such a program ended. */
export interface OwnProgramEnd {
  readonly end: 'exit' | 'signal' | 'time-limit' | 'output-limit' | 'aborted' | 'not-started' | 'lost';
  /** Its exit code, its signal or the system's error; null = not known. */
  readonly detail: number | string | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly durationMs: number;
}

/** After the end of a whole tree its pipes may still be held by a process nobody knows: so long at most. */
const DRAIN_MS = 50;

/** Runs programs of the service's own by the launcher: in `/`, as the service's user, with the commands' base environment. */
@Injectable()
export class OwnPrograms {
  constructor(private readonly launcher: LauncherService) {}

  /** Runs a program to its end; what it leaves behind is killed. Never rejects. */
  async run(program: OwnProgram): Promise<OwnProgramEnd> {
    const startedAt = performance.now();
    const nothing = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    try {
      const [stdin = '', stdout = '', stderr = ''] = await this.launcher.takeFifos(3);
      const ended = await this.#run(program, openPipes(stdin, stdout, stderr), { stdin, stdout, stderr });
      return { ...ended, durationMs: performance.now() - startedAt };
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return { ...nothing, end: 'not-started', detail, durationMs: performance.now() - startedAt };
    }
  }

  async #run(
    { argv, input, timeoutMs, maxOutputBytes, signal }: OwnProgram,
    ends: PipeEnds,
    fifos: { readonly stdin: string; readonly stdout: string; readonly stderr: string },
  ): Promise<Omit<OwnProgramEnd, 'durationMs'>> {
    const id = randomUUID();
    const stdin = ends.stdin === null ? null : new CommandStdin(ends.stdin.writeEnd, ends.stdin.fifo);
    const progress = new Progress();
    // Set by callbacks, which the compiler does not follow.
    let cutBy = null as OwnProgramEnd['end'] | null;
    const cut = (why: OwnProgramEnd['end']): void => {
      if (cutBy !== null) return;
      cutBy = why;
      this.launcher.terminate(id, 0);
    };
    const onFull = (): void => {
      cut('output-limit');
      for (const each of [stdout, stderr]) each.reader.close();
    };
    const stdout = new Collected(ends.stdout, maxOutputBytes, onFull);
    const stderr = new Collected(ends.stderr, maxOutputBytes, onFull);
    const onAbort = (): void => {
      cut('aborted');
    };
    const timer = setTimeout(cut, timeoutMs, 'time-limit');
    signal.addEventListener('abort', onAbort);
    const [file, ...args] = argv;
    const order = { id, file, args, cwd: '/', environment: {}, ...fifos, keep: false, limits: null, isOwn: true };
    const failure = await this.launcher.spawn(order, () => {
      // It was asked to end before it could be told.
      if (cutBy !== null) this.launcher.terminate(id, 0);
      else if (signal.aborted) cut('aborted');
      stdin?.write(input);
      stdin?.end();
      for (const each of [stdout, stderr]) each.reader.resume();
      return progress;
    });
    if (failure === null) {
      await progress.whenExited;
      this.launcher.terminate(id, 0);
      await Promise.race([
        Promise.all([stdout.reader.ended, stderr.reader.ended]),
        progress.whenCleared.then(() => delay(DRAIN_MS)),
      ]);
    }
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    stdin?.close();
    for (const each of [stdout, stderr]) each.reader.close();
    return {
      ...(failure === null ? { ...progress.end, ...(cutBy !== null && { end: cutBy }) } : notStarted(failure)),
      stdout: stdout.bytes,
      stderr: stderr.bytes,
    };
  }
}

function notStarted(code: string): Pick<OwnProgramEnd, 'end' | 'detail'> {
  return { end: 'not-started', detail: code };
}

/** The first bytes of a stream. */
class Collected {
  readonly reader: PipeReader;
  readonly #chunks: Buffer[] = [];
  #room: number;

  constructor(fd: number, maxBytes: number, onFull: () => void) {
    this.#room = maxBytes;
    this.reader = new PipeReader(
      fd,
      (length) => {
        const admitted = Math.min(length, this.#room);
        this.#room -= admitted;
        if (admitted < length) onFull();
        return admitted;
      },
      (chunk) => {
        this.#chunks.push(Buffer.from(chunk));
        return false;
      },
    );
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** What the launcher tells of the program. */
class Progress implements ChildListener {
  end: Pick<OwnProgramEnd, 'end' | 'detail'> = { end: 'lost', detail: null };
  #onExited: () => void = noop;
  #onCleared: () => void = noop;
  readonly whenExited = new Promise<void>((resolve) => {
    this.#onExited = resolve;
  });
  readonly whenCleared = new Promise<void>((resolve) => {
    this.#onCleared = resolve;
  });

  exceeded(): void {
    // It has no limits.
  }

  exited(code: number | null, signal: NodeJS.Signals | null): void {
    this.end = signal === null ? { end: 'exit', detail: code } : { end: 'signal', detail: signal };
    this.#onExited();
  }

  cleared(): void {
    this.#onCleared();
  }

  lost(why: string): void {
    this.end = { end: 'lost', detail: why };
    this.#onExited();
    this.#onCleared();
  }
}

function noop(): void {
  // nothing is to be done
}
