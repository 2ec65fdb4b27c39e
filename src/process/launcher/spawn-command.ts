import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, fchownSync, openSync, statSync, unlinkSync } from 'node:fs';
import { asUser } from './as-user.js';
import { commandLine } from './command-line.js';
import type { LauncherSettings } from './launcher-settings.js';

import type { ExecutionCgroups } from './limit/execution-cgroups.js';
import { NO_DIRECTORY, type SpawnOrder } from './order.js';
import type { StartConditions } from './start-conditions.js';

/**
 * Starts the command of an order, with its FIFOs for pipes, in a session and a process group of its own. The FIFOs' names
 * are gone afterwards in any case.
 * @param adopt takes the child at once; where it has no pid, its `error` event tells why
 * @throws the system's error, or one whose `code` is of order.ts
 */
export function spawnCommand(
  order: SpawnOrder,
  settings: LauncherSettings,
  environment: Readonly<Record<string, string | undefined>>,
  conditions: StartConditions,
  cgroups: ExecutionCgroups,
  adopt: (child: ChildProcess) => void,
): void {
  const { user } = settings;
  const opened: number[] = [];
  try {
    // The system changes the directory before the user.
    if (user !== null)
      asUser(user, () => {
        requireDirectory(order.cwd);
      });
    const isGated = cgroups.make(order);
    const [file, ...args] = commandLine(order, settings, environment['PATH'], isGated);
    const stdio = [
      order.stdin === null ? ('ignore' as const) : open(order.stdin, constants.O_RDONLY),
      open(order.stdout, constants.O_WRONLY),
      open(order.stderr, constants.O_WRONLY),
      ...(isGated ? (['pipe'] as const) : []),
    ];
    const options = { cwd: order.cwd, detached: true, env: environment, stdio, ...user };
    const child = conditions.apply(() => spawn(file, args, options));
    cgroups.enter(order.id, child);
    adopt(child);
  } finally {
    opened.forEach((fd) => {
      closeSync(fd);
    });
    for (const path of [order.stdin, order.stdout, order.stderr]) if (path !== null) unlinkSync(path);
  }

  /** Opens a FIFO for a child: blocking, as a child expects its pipes to be, yet without waiting for the other end. */
  function open(path: string, access: number): number {
    const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      const fd = openSync(path, access);
      opened.push(fd);
      // Who opens /dev/stdout opens the FIFO anew.
      if (user !== null) fchownSync(fd, user.uid, user.gid);
      return fd;
    } finally {
      closeSync(both);
    }
  }
}

function requireDirectory(cwd: string): void {
  try {
    statSync(`${cwd}/.`);
  } catch (error) {
    throw Object.assign(new Error(NO_DIRECTORY), { code: NO_DIRECTORY, cause: error });
  }
}
