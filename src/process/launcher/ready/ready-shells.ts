import { closeSync, constants, existsSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { LauncherSettings } from '../launcher-settings.js';
import { openBlocking } from '../open-blocking.js';
import { readProcess } from '../process-table.js';
import type { ProgramStarter } from '../program-starter.js';
import type { StartedProcess } from '../started-process.js';

/** A shell that waits for one line, its output already in the FIFOs of a command that is not known yet. */
export interface ReadyShell {
  readonly child: StartedProcess & { readonly pid: number };
  readonly stdout: string;
  /** Gives it its line: it becomes the command. */
  become(line: string): void;
  /** It ends without having become anything. */
  dismiss(): void;
  kill(): void;
}

/** What is told of the shells. */
export interface ReadyShellsListener {
  /** FIFOs are needed, this many: `fill` takes them. */
  needed(count: number): void;
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
/** FIFOs asked for at once, and how many of them a shell takes. */
const BATCH = 96;
const FIFOS = 3;

/**
 * Shells that wait to become commands: a start costs neither a fork nor the way to the first program's main. They are made
 * while nothing else is to be done, so that they hold nobody up.
 */
export class ReadyShells {
  readonly #waiting = new Map<string, ReadyShell>();
  readonly #fifos: string[] = [];
  #isAsked = false;
  #filling: NodeJS.Timeout | null = null;
  #isStopped = false;
  /** Monotonic. */
  #restUntilMs = 0;

  constructor(
    private readonly settings: LauncherSettings,
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly starter: ProgramStarter,
    private readonly listener: ReadyShellsListener,
  ) {}

  /** Makes the shells that are missing, one at a time, when nothing was asked for a moment. */
  fill(fifos: readonly string[] = []): void {
    if (fifos.length > 0) this.#isAsked = false;
    this.#fifos.push(...fifos);
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
    shell.kill();
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
    const [stdin, stdout, stderr] = this.#fifos.splice(-FIFOS);
    if (this.#fifos.length < this.settings.ready.count * FIFOS && !this.#isAsked) {
      this.#isAsked = true;
      this.listener.needed(BATCH);
    }
    if (stdin === undefined || stdout === undefined || stderr === undefined || this.#isStopped) return;
    const shell = this.#start(stdin, stdout, stderr);
    if (shell === null) return;
    this.#waiting.set(stdout, shell);
    this.listener.ready(stdout, stderr);
    this.fill();
  }

  /** Null where the system has no room for one now: the next start tries again. */
  #start(stdin: string, stdout: string, stderr: string): ReadyShell | null {
    const { user, ready } = this.settings;
    const opened: number[] = [];
    const open = (path: string, access: number): number => openBlocking(path, access, user, opened);
    try {
      const { O_RDONLY, O_WRONLY } = constants;
      const stdio = [open(stdin, O_RDONLY), open(stdout, O_WRONLY), open(stderr, O_WRONLY)] as const;
      const line = openSync(stdin, O_WRONLY | constants.O_NONBLOCK);
      const child = this.starter.start(READY_SHELL, { cwd: ready.cwd, environment: this.environment, stdio, user });
      return this.#watched(child, stdout, line);
    } catch {
      return null;
    } finally {
      unlinkSync(stdin);
      for (const fd of opened) closeSync(fd);
    }
  }

  /** @param line where it reads its line; closed here */
  #watched(child: StartedProcess, stdout: string, line: number): ReadyShell | null {
    const { pid } = child;
    let isLineOpen = true;
    const endLine = (): void => {
      if (isLineOpen) closeSync(line);
      isLineOpen = false;
    };
    child.once('error', endLine);
    if (pid === undefined) return null;
    let isCommand = false;
    child.once('exit', () => {
      endLine();
      if (this.#waiting.delete(stdout)) this.#onLost();
      if (!isCommand) this.listener.ended();
    });
    return {
      child: Object.assign(child, { pid }),
      stdout,
      become: (text) => {
        isCommand = true;
        try {
          writeSync(line, text);
        } catch {
          // It has been killed, and its end is the command's.
        }
        endLine();
      },
      dismiss: endLine,
      kill: () => process.kill(pid, 'SIGKILL'),
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
