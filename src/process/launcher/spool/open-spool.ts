import type { Report, SpawnOrder } from '../order.js';
import { SpooledCommand } from './spooled-command.js';

/**
 * Opens the pipes of a command on this side, where the order says so.
 * @throws ProcessError start-refused, or the system's error; then nothing of it is open
 */
export function openSpool(order: SpawnOrder, tell: (report: Report) => void): SpooledCommand | null {
  return order.spool == null ? null : new SpooledCommand(order, order.spool, tell);
}
