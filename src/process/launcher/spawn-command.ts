import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import type { SpawnOrder } from './order.js';

/**
 * Starts the command of an order, with its FIFOs for pipes, in a session and a process group of its own. The FIFOs' names
 * are gone afterwards in any case.
 * @param adopt takes the child at once; where it has no pid, its `error` event tells why
 * @throws the system's error
 */
export function spawnCommand(
  order: SpawnOrder,
  environment: Readonly<Record<string, string | undefined>>,
  adopt: (child: ChildProcess) => void,
): void {
  const opened: number[] = [];
  try {
    const stdio = [
      order.stdin === null ? ('ignore' as const) : open(order.stdin, constants.O_RDONLY),
      open(order.stdout, constants.O_WRONLY),
      open(order.stderr, constants.O_WRONLY),
    ];
    adopt(spawn(order.file, order.args, { cwd: order.cwd, detached: true, env: environment, stdio }));
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
      return fd;
    } finally {
      closeSync(both);
    }
  }
}
