import { constants } from 'node:os';

/** By number; of two names for one the first. */
const NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);
/** The first real-time signal a program may use: the C library keeps those before it for itself (signal(7)). */
const SIGRTMIN = 34;
const REAL_TIME = /^SIGRTMIN(?:\+(\d+))?$/;

/** The name of a signal, of real-time ones as kill(1) lists them: `SIGRTMIN+1`. */
export function signalName(number: number): NodeJS.Signals {
  const realTime = number === SIGRTMIN ? 'SIGRTMIN' : `SIGRTMIN+${String(number - SIGRTMIN)}`;
  return (NAMES.get(number) ?? realTime) as NodeJS.Signals;
}

/** The number of a signal by its name. */
export function signalNumber(name: NodeJS.Signals): number {
  const [match, offset = '0'] = REAL_TIME.exec(name) ?? [];
  return match === undefined ? constants.signals[name] : SIGRTMIN + Number(offset);
}
