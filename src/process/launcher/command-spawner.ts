import { closeSync, constants, openSync, statSync, unlinkSync } from 'node:fs';
import { monotonicMs } from '../monotonic-ms.js';
import { asUser } from './as-user.js';
import { commandLine } from './command-line.js';
import type { CommandUser, LauncherSettings } from './launcher-settings.js';
import type { ExecutionCgroups } from './limit/execution-cgroups.js';
import { openBlocking } from './open-blocking.js';
import { NO_DIRECTORY, type SpawnOrder, TOO_LATE } from './order.js';
import { programFault } from './program-fault.js';
import type { ProgramStarter } from './program-starter.js';
import { handOverText } from './ready/hand-over-text.js';
import type { ReadyShell, ReadyShells } from './ready/ready-shells.js';
import type { StartedProcess } from './started-process.js';
import { withoutShell } from './without-shell.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** How commands are started. */
export class CommandSpawner {
  /** How the service's own programs are. */
  readonly #ownSettings: LauncherSettings;
  /** What an empty stdin is. */
  readonly #nothing = openSync('/dev/null', constants.O_RDONLY);

  constructor(
    private readonly settings: LauncherSettings,
    /** What every command's environment begins with, and a ready shell's is. */
    private readonly baseEnvironment: Environment,
    private readonly starter: ProgramStarter,
    private readonly cgroups: ExecutionCgroups,
    private readonly ready: ReadyShells,
  ) {
    this.#ownSettings = { ...settings, user: null, isolation: 'none' };
  }

  /**
   * Starts the command of an order, with its FIFOs for pipes, in a session and a process group of its own: by a shell that
   * is ready for it, else anew. The FIFOs' names are gone afterwards in any case.
   * @param environment of the command, beyond the base
   * @param adopt takes the child at once; where it has no pid, its `error` event tells why
   * @throws the system's error, or one whose `code` is of order.ts
   */
  spawn(
    order: SpawnOrder,
    environment: Readonly<Record<string, string>>,
    adopt: (child: StartedProcess) => void,
  ): void {
    const whole = { ...this.baseEnvironment, ...environment };
    const shell = order.stdin === null && order.isOwn !== true ? this.ready.take(order.stdout) : null;
    try {
      if (monotonicMs() > order.deadlineMs) throw Object.assign(new Error(TOO_LATE), { code: TOO_LATE });
      if (shell === null || !this.#handOver(order, whole, shell, adopt)) {
        shell?.dismiss();
        this.#start(order, whole, adopt);
      }
    } catch (error) {
      shell?.dismiss();
      throw error;
    } finally {
      for (const path of [order.stdin, order.stdout, order.stderr]) if (path !== null) unlinkSync(path);
    }
  }

  /** @returns false where the shell cannot become this command */
  #handOver(
    order: SpawnOrder,
    environment: Environment,
    shell: ReadyShell,
    adopt: (child: StartedProcess) => void,
  ): boolean {
    const { user, ready } = this.settings;
    const { file, cwd } = order;
    if (this.cgroups.isFor(order)) return false;
    const path = environment['PATH'];
    const argv = commandLine(order, this.settings, path, false);
    const start = (user === null ? withoutShell(argv, cwd, environment) : null) ?? { argv, environment };
    const line = handOverText({ cwd, ...start }, { cwd: ready.cwd, environment: this.baseEnvironment });
    if (line === null) return false;
    // Nobody would be told of the shell's own failure.
    requireDirectory(cwd, user);
    const fault = programFault(file, path, cwd, user);
    if (fault !== null) throw Object.assign(new Error(fault), { code: fault });
    shell.become(line);
    adopt(shell.child);
    return true;
  }

  #start(order: SpawnOrder, environment: Environment, adopt: (child: StartedProcess) => void): void {
    const settings = order.isOwn === true ? this.#ownSettings : this.settings;
    const { user } = settings;
    const { id, cwd } = order;
    const opened: number[] = [];
    try {
      // The system changes the directory before the user.
      if (user !== null) requireDirectory(cwd, user);
      const isGated = this.cgroups.make(order);
      const argv = commandLine(order, settings, environment['PATH'], isGated);
      const stdio = [
        order.stdin === null ? this.#nothing : openBlocking(order.stdin, constants.O_RDONLY, user, opened),
        openBlocking(order.stdout, constants.O_WRONLY, user, opened),
        openBlocking(order.stderr, constants.O_WRONLY, user, opened),
      ] as const;
      const means = { cwd, environment, stdio, user };
      if (isGated) {
        const child = this.starter.fork(argv, means, ['pipe']);
        this.cgroups.enter(id, child);
        adopt(child);
      } else adopt(this.starter.start(argv, means));
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  }
}

/** @param user who has to reach it; null = this process's own */
function requireDirectory(cwd: string, user: CommandUser | null): void {
  asUser(user, () => {
    try {
      statSync(`${cwd}/.`);
    } catch (error) {
      throw Object.assign(new Error(NO_DIRECTORY), { code: NO_DIRECTORY, cause: error });
    }
  });
}
