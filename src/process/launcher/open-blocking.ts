import { closeSync, constants, fchownSync, openSync } from 'node:fs';
import type { CommandUser } from './launcher-settings.js';

/**
 * Opens a FIFO for a child: blocking, as a child expects its pipes to be, yet without waiting for the other end.
 * @param user whose it becomes, because who opens /dev/stdout opens the FIFO anew; null = this process's own
 * @param opened gets the descriptor, too
 */
export function openBlocking(path: string, access: number, user: CommandUser | null, opened: number[]): number {
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    const fd = openSync(path, access);
    opened.push(fd);
    if (user !== null) fchownSync(fd, user.uid, user.gid);
    return fd;
  } finally {
    closeSync(both);
  }
}
