/** Functions of the C library, as POSIX has them: each returns 0 or an error number where nothing else is said. */
export interface Libc {
  /** Actions and attributes are kept in buffers of `OPAQUE_BYTES`. */
  readonly actionsInit: (actions: Buffer) => number;
  readonly actionsDestroy: (actions: Buffer) => number;
  readonly addDup2: (actions: Buffer, fd: number, to: number) => number;
  readonly addChdir: (actions: Buffer, path: string) => number;
  readonly attributesInit: (attributes: Buffer) => number;
  readonly setFlags: (attributes: Buffer, flags: number) => number;
  readonly setSignalDefaults: (attributes: Buffer, signals: Buffer) => number;
  readonly setSignalMask: (attributes: Buffer, signals: Buffer) => number;
  readonly spawn: (
    pid: [number],
    path: string,
    actions: Buffer,
    attributes: Buffer,
    argv: readonly (string | null)[],
    environment: readonly (string | null)[],
  ) => number;
  /** 0 or -1; then `errno` tells why. */
  readonly kill: (pid: number, signal: number) => number;
  readonly errno: () => number;
  /** The pid, 0 or -1. */
  readonly waitPid: (pid: number, status: [number], options: number) => number;
}

/** No C library's posix_spawn_file_actions_t, posix_spawnattr_t or sigset_t is larger. */
export const OPAQUE_BYTES = 1024;

/** The C library of this process. Rejects where it cannot be reached, or lacks one of these. */
export async function loadLibc(): Promise<Libc> {
  const { default: koffi } = await import('koffi');
  const c = koffi.load(null);
  return {
    actionsInit: c.func('int posix_spawn_file_actions_init(void *actions)'),
    actionsDestroy: c.func('int posix_spawn_file_actions_destroy(void *actions)'),
    addDup2: c.func('int posix_spawn_file_actions_adddup2(void *actions, int fd, int to)'),
    addChdir: c.func('int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)'),
    attributesInit: c.func('int posix_spawnattr_init(void *attributes)'),
    setFlags: c.func('int posix_spawnattr_setflags(void *attributes, short flags)'),
    setSignalDefaults: c.func('int posix_spawnattr_setsigdefault(void *attributes, const void *signals)'),
    setSignalMask: c.func('int posix_spawnattr_setsigmask(void *attributes, const void *signals)'),
    spawn: c.func(
      'int posix_spawn(_Out_ int *pid, const char *path, const void *actions, const void *attributes, const char **argv, const char **environment)',
    ),
    kill: c.func('int kill(int pid, int signal)'),
    errno: () => koffi.errno(),
    waitPid: c.func('int waitpid(int pid, _Out_ int *status, int options)'),
  };
}
