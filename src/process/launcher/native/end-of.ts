import { constants } from 'node:os';

const NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
/** The first real-time signal a program may use: the C library keeps those before for itself (signal(7)). */
const SIGRTMIN = 34;

/** What a wait status says of an end: the exit code, or the signal by its name (wait(2)). */
export function endOf(status: number): [number | null, NodeJS.Signals | null] {
  const signal = status & 0x7f;
  return signal === 0 ? [(status >> 8) & 0xff, null] : [null, nameOf(signal)];
}

function nameOf(signal: number): NodeJS.Signals {
  const realTime = signal === SIGRTMIN ? 'SIGRTMIN' : `SIGRTMIN+${String(signal - SIGRTMIN)}`;
  return (NAMES.get(signal) ?? realTime) as NodeJS.Signals;
}
