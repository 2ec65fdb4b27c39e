import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { LauncherSettings } from '../launcher-settings.js';
import { openBlocking } from '../open-blocking.js';
import { readProcess } from '../process-table.js';
import type { StartConditions } from '../start-conditions.js';

/** A shell that waits for one line, its output already in the FIFOs of a command that is not known yet. */
export interface ReadyShell {
  readonly child: ChildProcess & { readonly pid: number };
  readonly stdout: string;
  readonly stderr: string;
  /** Gives it its line: it becomes the command. */
  become(line: string): void;
  /** It ends without having become anything. */
  dismiss(): void;
}

/** What is told of the shells. */
export interface ReadyShellsListener {
  /** FIFOs are needed, this many pairs: `fill` takes them. */
  needed(pairs: number): void;
  /** The next command with these FIFOs has a shell that waits for it. */
  ready(stdout: string, stderr: string): void;
  /** One has ended that became no command, and has been waited for. */
  ended(): void;
}

/** A POSIX shell that reads what to do from its stdin. ps(1) shows by its last word what it is. */
export const READY_SHELL = ['/bin/sh', '-s', 'cc-executor-ready'] as const;
/** Time without a start after which shells are made. */
const QUIET_MS = 5;
/** A rest after one has ended unasked: the next one might do so, too. */
const REST_MS = 1000;
/** Pairs of FIFOs asked for at once. */
const BATCH = 32;

/**
 * Shells that wait to become commands: a start costs neither a fork nor the way to the first program's main. They are made
 * while nothing else is to be done, so that they hold nobody up.
 */
export class ReadyShells {
  readonly #waiting = new Map<string, ReadyShell>();
  readonly #pairs: (readonly [string, string])[] = [];
  #isAsked = false;
  #filling: NodeJS.Timeout | null = null;
  #isStopped = false;
  /** Monotonic. */
  #restUntilMs = 0;

  constructor(
    private readonly settings: LauncherSettings,
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly conditions: StartConditions,
    private readonly listener: ReadyShellsListener,
  ) {}

  /** Makes the shells that are missing, one at a time, when nothing was asked for a moment. */
  fill(pairs: readonly (readonly [string, string])[] = []): void {
    if (pairs.length > 0) this.#isAsked = false;
    this.#pairs.push(...pairs);
    if (this.#filling === null && !this.#isStopped && this.#waiting.size < this.settings.ready.count) this.#fillSoon();
  }

  /** The shell whose output goes to that FIFO; it is not ready any more. Null where there is none that could run. */
  take(stdout: string): ReadyShell | null {
    // Where commands follow one another closely, a fork for a later one would hold up this one.
    if (this.#filling !== null) this.#fillSoon();
    const shell = this.#waiting.get(stdout);
    if (shell === undefined) return null;
    this.#waiting.delete(stdout);
    this.fill();
    const row = readProcess(shell.child.pid);
    if (row?.alive === true && !row.stopped) return shell;
    // Somebody has killed or stopped it. Its end of the FIFOs is closed with it.
    shell.child.kill('SIGKILL');
    return null;
  }

  /** None is made any more; those that wait end. */
  stop(): void {
    this.#isStopped = true;
    if (this.#filling !== null) clearTimeout(this.#filling);
    for (const shell of this.#waiting.values()) shell.dismiss();
    this.#waiting.clear();
  }

  #makeOne(): void {
    this.#dropAbandoned();
    const pair = this.#pairs.pop();
    if (this.#pairs.length < this.settings.ready.count && !this.#isAsked) {
      this.#isAsked = true;
      this.listener.needed(BATCH);
    }
    if (pair === undefined || this.#isStopped) return;
    const shell = this.#start(...pair);
    if (shell === null) return;
    this.#waiting.set(shell.stdout, shell);
    this.listener.ready(shell.stdout, shell.stderr);
    this.fill();
  }

  /** Null where the system has no room for one now: the next start tries again. */
  #start(stdout: string, stderr: string): ReadyShell | null {
    const { user, ready } = this.settings;
    const [file, ...args] = READY_SHELL;
    const opened: number[] = [];
    const open = (path: string): number => openBlocking(path, constants.O_WRONLY, user, opened);
    try {
      const stdio = ['pipe', open(stdout), open(stderr)] as const;
      const options = { cwd: ready.cwd, detached: true, env: this.environment, stdio: [...stdio], ...user };
      const child = this.conditions.apply(() => spawn(file, args, options));
      return this.#watched(child, stdout, stderr);
    } catch {
      return null;
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  }

  #watched(child: ChildProcess, stdout: string, stderr: string): ReadyShell | null {
    const input = child.stdin as Writable;
    input.on('error', () => input.destroy());
    child.on('error', () => input.destroy());
    if (child.pid === undefined) return null;
    let isCommand = false;
    child.once('exit', () => {
      if (this.#waiting.delete(stdout)) this.#onLost();
      if (!isCommand) this.listener.ended();
    });
    return {
      child: Object.assign(child, { pid: child.pid }),
      stdout,
      stderr,
      become: (line) => {
        isCommand = true;
        input.end(line);
      },
      dismiss: () => {
        input.end();
      },
    };
  }

  #onLost(): void {
    this.#restUntilMs = performance.now() + REST_MS;
    if (!this.#isStopped) this.#fillSoon();
  }

  /** After the rest; when nothing was asked for a moment. */
  #fillSoon(): void {
    if (this.#filling !== null) clearTimeout(this.#filling);
    this.#filling = setTimeout(
      () => {
        this.#filling = null;
        this.#makeOne();
      },
      Math.max(QUIET_MS, this.#restUntilMs - performance.now()),
    );
  }

  /** A FIFO that its reader has removed will not be asked for. */
  #dropAbandoned(): void {
    for (const [stdout, shell] of this.#waiting) if (!existsSync(stdout)) shell.dismiss();
  }
}
