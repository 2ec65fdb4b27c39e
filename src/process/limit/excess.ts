import type { ResourceLimits } from '../../config/resource-limits.js';

/** What an execution had too much of. */
export interface Excess {
  readonly resource: keyof ResourceLimits;
  readonly limit: number;
  /** What was seen of it; null where the system ended it and does not tell. */
  readonly observed: number | null;
}
