import type { ResourceLimits } from '../config/resource-limits.js';

/** What can be wrong with starting or addressing an execution, with the details of each. */
export type ProcessFault =
  | { readonly kind: 'unusable-request'; readonly field: string; readonly message: string }
  | { readonly kind: 'start-refused'; readonly resource: string; readonly code: string }
  | { readonly kind: 'not-running'; readonly pid: number | null; readonly executionId: string | null }
  | { readonly kind: 'stdin-not-open'; readonly executionId: string }
  | {
      readonly kind: 'limit-over-maximum';
      readonly resource: 'timeoutMs' | keyof ResourceLimits;
      readonly maximum: number;
    }
  /** The client's limits cannot be kept on this machine. */
  | { readonly kind: 'limit-not-available'; readonly resource: keyof ResourceLimits }
  | { readonly kind: 'stdin-full'; readonly limitBytes: number };

/** A fault of the process room. */
export class ProcessError extends Error {
  constructor(readonly fault: ProcessFault) {
    super(fault.kind);
    this.name = 'ProcessError';
  }
}
