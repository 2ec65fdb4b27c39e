import type { HookType } from '../config/hook-entry.js';

/** What a client is told of a hook that failed, or has something to say. */
export interface HookWarning {
  readonly hook: string;
  readonly hookType: HookType;
  /** Why it failed, in a word; null where it did not. */
  readonly error: string | null;
  readonly stderr: string;
  readonly message: string;
  readonly severity: 'warning' | 'error';
}
