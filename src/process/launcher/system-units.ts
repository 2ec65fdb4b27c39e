import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** The units of proc(5), as the kernel tells them to every program (getauxval(3)). */
export interface SystemUnits {
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
}

const AT_PAGESZ = 6;
const AT_CLKTCK = 17;

/** What they are nearly everywhere, for where the kernel does not tell. */
const USUAL: SystemUnits = { ticksPerSecond: 100, pageBytes: 4096 };

/** Reads the units of this system. */
export function readSystemUnits(): SystemUnits {
  try {
    const values = parseVector(readFileSync('/proc/self/auxv'));
    return {
      ticksPerSecond: values.get(AT_CLKTCK) ?? USUAL.ticksPerSecond,
      pageBytes: values.get(AT_PAGESZ) ?? USUAL.pageBytes,
    };
  } catch {
    return USUAL;
  }
}

/** Pairs of machine words: a type and a value. The values asked for fit the lower half of a word. */
function parseVector(vector: Buffer): Map<number, number> {
  const wordBytes = process.arch === 'arm' || process.arch === 'ia32' ? 4 : 8;
  const low = endianness() === 'BE' ? wordBytes - 4 : 0;
  const read = (at: number): number =>
    endianness() === 'BE' ? vector.readUInt32BE(at + low) : vector.readUInt32LE(at + low);
  const values = new Map<number, number>();
  for (let at = 0; at + 2 * wordBytes <= vector.length; at += 2 * wordBytes) values.set(read(at), read(at + wordBytes));
  return values;
}
