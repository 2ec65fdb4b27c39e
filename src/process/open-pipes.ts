import { closeSync, openSync, rmSync } from 'node:fs';
import type { PipeEnds } from './command-pipes.js';
import { openReadEnd, openWriteEnd } from './fifo-pool.js';
import { refusedStart } from './refused-start.js';

/** Of open(2), which Node does not name: a descriptor that stands for a file and is no end of it. */
const O_PATH = 0o10000000;

/** This side's ends of FIFOs; a null stdin is none. @throws ProcessError start-refused; then the FIFOs are gone */
export function openPipes(stdin: string | null, stdout: string, stderr: string): PipeEnds {
  const opened: number[] = [];
  const keep = (fd: number): number => {
    opened.push(fd);
    return fd;
  };
  try {
    return {
      stdout: keep(openReadEnd(stdout)),
      stderr: keep(openReadEnd(stderr)),
      stdin: stdin === null ? null : { writeEnd: keep(openWriteEnd(stdin)), fifo: keep(openSync(stdin, O_PATH)) },
    };
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    for (const path of [stdin, stdout, stderr]) if (path !== null) rmSync(path, { force: true });
    throw refusedStart((error as NodeJS.ErrnoException).code ?? 'UNKNOWN');
  }
}
