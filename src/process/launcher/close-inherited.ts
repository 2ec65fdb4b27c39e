import { closeSync, readdirSync, readFileSync } from 'node:fs';

const O_CLOEXEC = 0o2000000;

/**
 * Closes the descriptors that whoever started the service left open to its children: a command gets 0, 1 and 2 only. Our
 * own carry O_CLOEXEC, which fdinfo shows among the flags in octal (proc(5)).
 */
export function closeInherited(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1];
      if (Number(name) > 2 && flags !== undefined && (parseInt(flags, 8) & O_CLOEXEC) === 0) closeSync(Number(name));
    } catch {
      // The descriptor of the listing itself is closed by now.
    }
  }
}
