/** When a hook runs. */
export const HOOK_TYPES = ['pre-execute', 'post-execute', 'pre-control', 'post-output'] as const;
export type HookType = (typeof HOOK_TYPES)[number];

/** A program of the operator's that runs around commands. */
export interface HookEntry {
  readonly name: string;
  readonly type: HookType;
  /** The program and its arguments. */
  readonly program: readonly [string, ...string[]];
  /** Globs for the text of a command, of which one must fit; null = every command. */
  readonly commands: readonly string[] | null;
  readonly timeoutMs: number;
  /** What becomes of the command where the hook fails. */
  readonly onFailure: 'warn' | 'refuse';
  /** For how long an answer counts again for the same input; 0 = never. Of `pre-execute` only. */
  readonly cacheMs: number;
  /** Environment variables it may set whatever the policy says of a client's own. */
  readonly sets: readonly string[];
}
