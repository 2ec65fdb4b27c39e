import type { Resumption } from '../wire/resumption.js';
import type { BackoffLimits } from './backoff.js';
import type { ConnectionChange } from './connection-change.js';
import type { OpenTransport } from './transport.js';

/** What a link needs. Times are milliseconds. */
export interface LinkOptions {
  /** Tried in turn. */
  readonly urls: readonly string[];
  readonly openTransport: OpenTransport;
  readonly connectTimeoutMs: number;
  readonly silenceMs: number | null;
  readonly deadlineMs: number;
  /** null: a lost connection is not made again. */
  readonly reconnect: (BackoffLimits & { readonly giveUpAfterMs: number; readonly first: boolean }) | null;
  /** In [0, 1). */
  readonly random: () => number;
  readonly owner: LinkOwner;
}

/** Whoever the link is for. */
export interface LinkOwner {
  /** Whether nothing is awaited but answers to calls. */
  readonly isIdle: boolean;
  /** A notification of the service. */
  notified(method: string, params: unknown): void;
  /** For each execution, the last notification that has come. */
  lastSeqs(): Readonly<Record<string, number>>;
  /** This session goes on, on a new connection; nothing has come on it yet. */
  resumed(resumption: Resumption): void;
  /** The session is gone: what runs in it is not heard of any more. Calls reach the new one. */
  sessionLost(): void;
  changed(change: ConnectionChange): void;
  /** There will be no further connection. */
  ended(error: Error): void;
}
