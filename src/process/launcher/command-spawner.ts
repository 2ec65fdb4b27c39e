import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, statSync, unlinkSync } from 'node:fs';
import { asUser } from './as-user.js';
import { type CommandLine, commandLine } from './command-line.js';
import type { CommandUser, LauncherSettings } from './launcher-settings.js';
import type { ExecutionCgroups } from './limit/execution-cgroups.js';
import type { NativeSpawner } from './native/native-spawner.js';
import { openBlocking } from './open-blocking.js';
import { NO_DIRECTORY, type SpawnOrder } from './order.js';
import { programFault, programPath } from './program-fault.js';
import { handOverText } from './ready/hand-over-text.js';
import type { ReadyShell, ReadyShells } from './ready/ready-shells.js';
import type { StartConditions } from './start-conditions.js';
import type { StartedProcess } from './started-process.js';

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
    private readonly conditions: StartConditions,
    private readonly cgroups: ExecutionCgroups,
    private readonly ready: ReadyShells,
    /** Null: Node's fork is all there is. */
    private readonly native: NativeSpawner | null,
  ) {
    this.#ownSettings = { ...settings, user: null, isolation: 'none' };
  }

  /**
   * Starts the command of an order, with its FIFOs for pipes, in a session and a process group of its own: by a shell that
   * is ready for it, else by a fork. The FIFOs' names are gone afterwards in any case.
   * @param environment of the command, beyond the base
   * @param adopt takes the child at once; where it has no pid, its `error` event tells why
   * @throws the system's error, or one whose `code` is of order.ts
   */
  spawn(order: SpawnOrder, environment: Readonly<Record<string, string>>, adopt: (child: StartedProcess) => void): void {
    const shell = order.stdin === null && order.isOwn !== true ? this.ready.take(order.stdout) : null;
    try {
      if (shell === null || !this.#handOver(order, environment, shell, adopt)) {
        shell?.dismiss();
        this.#fork(order, { ...this.baseEnvironment, ...environment }, adopt);
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
    environment: Readonly<Record<string, string>>,
    shell: ReadyShell,
    adopt: (child: StartedProcess) => void,
  ): boolean {
    const { user, ready } = this.settings;
    const { file, cwd } = order;
    if (this.cgroups.isFor(order)) return false;
    const path = environment['PATH'] ?? this.baseEnvironment['PATH'];
    const argv = commandLine(order, this.settings, path, false);
    const from = { cwd: ready.cwd, environment: this.baseEnvironment };
    const line = handOverText({ cwd, environment, argv }, from);
    if (line === null) return false;
    // Nobody would be told of the shell's own failure.
    requireDirectory(cwd, user);
    const fault = programFault(file, path, cwd, user);
    if (fault !== null) throw Object.assign(new Error(fault), { code: fault });
    shell.become(line);
    adopt(shell.child);
    return true;
  }

  #fork(order: SpawnOrder, environment: Environment, adopt: (child: StartedProcess) => void): void {
    const settings = order.isOwn === true ? this.#ownSettings : this.settings;
    const { user } = settings;
    const opened: number[] = [];
    try {
      // The system changes the directory before the user.
      if (user !== null) requireDirectory(order.cwd, user);
      const isGated = this.cgroups.make(order);
      const argv = commandLine(order, settings, environment['PATH'], isGated);
      const stdio = [
        order.stdin === null ? this.#nothing : openBlocking(order.stdin, constants.O_RDONLY, user, opened),
        openBlocking(order.stdout, constants.O_WRONLY, user, opened),
        openBlocking(order.stderr, constants.O_WRONLY, user, opened),
      ] as const;
      const native = user === null && !isGated ? this.#spawnNatively(argv, order.cwd, environment, stdio) : null;
      if (native !== null) {
        adopt(native);
        return;
      }
      const [file, ...args] = argv;
      const options = { cwd: order.cwd, detached: true, env: environment, ...user };
      const withGate = [...stdio, ...(isGated ? (['pipe'] as const) : [])];
      const child = this.conditions.apply(() => spawn(file, args, { ...options, stdio: withGate }));
      this.cgroups.enter(order.id, child);
      adopt(child);
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  }

  /** Null where it takes Node's way: it finds more programs, and says better what is wrong. */
  #spawnNatively(
    argv: CommandLine,
    cwd: string,
    environment: Environment,
    stdio: readonly [number, number, number],
  ): StartedProcess | null {
    const { native } = this;
    const file = native === null ? null : programPath(argv[0], environment['PATH'], cwd);
    if (native === null || file === null) return null;
    try {
      return this.conditions.apply(() => native.spawn({ file, argv, cwd, environment, stdio }));
    } catch (error) {
      // A script without an interpreter's name is one for the shell, by execvp(3).
      if ((error as NodeJS.ErrnoException).code === 'ENOEXEC') return null;
      throw error;
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
