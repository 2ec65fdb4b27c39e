import { type ChildProcess, spawn } from 'node:child_process';
import type { CommandLine } from './command-line.js';
import type { CommandUser } from './launcher-settings.js';
import type { NativeSpawner } from './native/native-spawner.js';
import { programPath } from './program-fault.js';
import type { StartConditions } from './start-conditions.js';
import type { StartedProcess } from './started-process.js';
import { withoutShell } from './without-shell.js';

/** What a program is started with, in a session and a process group of its own. */
export interface ProgramMeans {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What become its descriptors 0, 1 and 2. */
  readonly stdio: readonly [number, number, number];
  /** Null: as this process's own. */
  readonly user: CommandUser | null;
}

/** Starts programs: by posix_spawn(3) where that can be had and can do it, else by Node's fork. */
export class ProgramStarter {
  constructor(
    private readonly conditions: StartConditions,
    private readonly native: NativeSpawner | null,
  ) {}

  /** True where no fork is needed. */
  isNativeFor(user: CommandUser | null): boolean {
    return this.native !== null && user === null;
  }

  /** @throws the system's error, where the process that is returned does not tell it */
  start(argv: CommandLine, means: ProgramMeans): StartedProcess {
    const direct = means.user === null ? withoutShell(argv, means.cwd, means.environment) : null;
    // Where that cannot be executed, the shell says why.
    const started =
      (direct && this.#startNatively(direct.file, direct.argv, { ...means, environment: direct.environment }, true)) ??
      this.#startNatively(null, argv, means, false);
    return started ?? this.fork(argv, means);
  }

  /** @param further descriptors, from 3 */
  fork([file, ...args]: CommandLine, means: ProgramMeans, further: readonly 'pipe'[] = []): ChildProcess {
    const { cwd, environment, user } = means;
    const stdio = [...means.stdio, ...further];
    return this.conditions.apply(() => spawn(file, args, { cwd, detached: true, env: environment, stdio, ...user }));
  }

  /**
   * Null where Node's way is to be gone: it finds more programs, and says better what is wrong.
   * @param known where the program is; null = to be looked for
   */
  #startNatively(
    known: string | null,
    argv: CommandLine,
    { cwd, environment, stdio, user }: ProgramMeans,
    mayFail: boolean,
  ): StartedProcess | null {
    const { native } = this;
    if (native === null || user !== null) return null;
    const file = known ?? programPath(argv[0], environment['PATH'], cwd);
    if (file === null) return null;
    try {
      return this.conditions.apply(() => native.spawn({ file, argv, cwd, environment, stdio }));
    } catch (error) {
      // A script without an interpreter's name is one for the shell, by execvp(3).
      if (mayFail || (error as NodeJS.ErrnoException).code === 'ENOEXEC') return null;
      throw error;
    }
  }
}
