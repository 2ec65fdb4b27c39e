import type { DetectorKind } from '../config/detector-entry.js';
import type { StreamName } from '../stream/output-options.js';

/** What a line of output tells, true or not. */
export interface Finding {
  readonly kind: DetectorKind;
  readonly stream: StreamName;
  /** At most 1000 characters, without escape sequences. */
  readonly line: string;
  /** The part of it that tells; of a JSON line the event's type. */
  readonly text: string;
  /** What it says, null where it does not. */
  readonly path: string | null;
  readonly command: string | null;
  /** Tokens. */
  readonly limit: number | null;
  readonly retryAfterMs: number | null;
  /** Milliseconds since the epoch. */
  readonly resetAt: number | null;
}
