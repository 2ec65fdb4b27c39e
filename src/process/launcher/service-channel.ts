import type { Report } from './order.js';

/** What a channel tells. */
export interface ChannelListener<T> {
  ordered(order: T): void;
  /** The service is gone. */
  left(): void;
}

/** The way from a launcher to its service. */
export interface ServiceChannel {
  /** Tells the service that is there; where none is, it is not told. */
  tell(report: Report): void;
  close(): void;
}
