import type { Order } from './launcher/order.js';

/** A launcher that runs, as this service has it. */
export interface LauncherLink {
  /** Marks everything this launcher starts. */
  readonly instance: string;
  /** Settles when it is gone, with why. Never rejects. */
  readonly ended: Promise<string>;
  order(order: Order): void;
  /** Leaves it: an attached launcher ends with whatever it still runs, a detached one waits for another service. */
  end(): Promise<void>;
}
