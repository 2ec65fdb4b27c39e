import { signalName } from '../../signals.js';

/** What a wait status says of an end: the exit code, or the signal (wait(2)). */
export function endOf(status: number): [number | null, NodeJS.Signals | null] {
  const signal = status & 0x7f;
  return signal === 0 ? [(status >> 8) & 0xff, null] : [null, signalName(signal)];
}
