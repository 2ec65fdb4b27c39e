import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { type Libc, OPAQUE_BYTES } from './libc.js';
import { endOf } from './end-of.js';

/** What is started: a program by its path, in a session of its own. */
export interface NativeStart {
  readonly file: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What become its descriptors 0, 1 and 2. */
  readonly stdio: readonly [number, number, number];
}

const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const SETSID = 0x80;
const WNOHANG = 1;

/**
 * Starts programs by posix_spawn(3): it shares this process's memory with the child until that has become the program, where
 * Node's fork(2) copies the page tables and takes a fault for each page that is written afterwards.
 */
export class NativeSpawner {
  readonly #attributes = Buffer.alloc(OPAQUE_BYTES);
  readonly #actions = Buffer.alloc(OPAQUE_BYTES);
  readonly #running = new Map<number, NativeChild>();

  constructor(private readonly libc: Libc) {
    libc.attributesInit(this.#attributes);
    libc.setFlags(this.#attributes, SETSIGDEF | SETSIGMASK | SETSID);
    libc.setSignalDefaults(this.#attributes, Buffer.alloc(OPAQUE_BYTES, 0xff));
    libc.setSignalMask(this.#attributes, Buffer.alloc(OPAQUE_BYTES));
    process.on('SIGCHLD', () => {
      this.#reap();
    });
  }

  /** @throws the system's error, by its code */
  spawn({ file, argv, cwd, environment, stdio }: NativeStart): NativeChild {
    const { libc } = this;
    const actions = this.#actions;
    const pid: [number] = [0];
    libc.actionsInit(actions);
    try {
      libc.addChdir(actions, cwd);
      stdio.forEach((fd, to) => libc.addDup2(actions, fd, to));
      const variables = Object.entries(environment).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${value}`],
      );
      const error = libc.spawn(pid, file, actions, this.#attributes, [...argv, null], [...variables, null]);
      if (error !== 0) throw systemError(error);
    } finally {
      libc.actionsDestroy(actions);
    }
    const child = new NativeChild(pid[0]);
    this.#running.set(pid[0], child);
    return child;
  }

  /** Signals come once for several ends. */
  #reap(): void {
    const status: [number] = [0];
    for (const [pid, child] of this.#running) {
      if (this.libc.waitPid(pid, status, WNOHANG) !== pid) continue;
      this.#running.delete(pid);
      child.isGroupEmpty = this.libc.kill(-pid, 0) !== 0 && this.libc.errno() === constants.errno.ESRCH;
      child.emit('exit', ...endOf(status[0]));
    }
  }
}

/** A started program, until its end: `exit` tells of it once it has been waited for. */
export class NativeChild extends EventEmitter<{ exit: [number | null, NodeJS.Signals | null]; error: [Error] }> {
  isGroupEmpty = false;

  constructor(readonly pid: number) {
    super();
  }
}

function systemError(number: number): Error {
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`posix_spawn: ${code}`), { code, errno: -number });
}
