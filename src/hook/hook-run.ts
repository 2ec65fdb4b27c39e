import type { HookAnswer } from './hook-answer.js';
import type { HookEntry } from '../config/hook-entry.js';

/** Why a run of a hook counts for nothing. */
export interface HookFailure {
  readonly error: 'timeout' | 'exit' | 'signal' | 'not_started' | 'bad_answer' | 'shutdown';
  /** A sentence for the client. */
  readonly message: string;
  /** The first of what it printed to stderr. */
  readonly stderr: string;
}

/** One run of a hook, or its answer from the cache. */
export interface HookRun {
  readonly entry: HookEntry;
  readonly outcome: { readonly answer: HookAnswer } | { readonly failure: HookFailure };
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly isCached: boolean;
}
