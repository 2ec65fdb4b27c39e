import type { Complexity } from '../config/complexity.js';

/** What kind of work a command is: the key under which its history is kept. Each part matches [a-z0-9_.-]{1,64}. */
export interface Task {
  readonly category: string;
  /** For one that no rule names: the digest of the normalised command. */
  readonly name: string;
  readonly complexity: Complexity;
  readonly type: string;
  /** Hash of the normalised command where the rules and not the client named the task; keeps `npm test` from `npm test -- a`. */
  readonly digest: string | null;
  /** False where neither the client nor a rule knows this command. */
  readonly isKnown: boolean;
  /** Exit codes that are a success for this task, [0] for most. */
  readonly successExitCodes: readonly number[];
}

/** What a client says of a task; the rest is classified. */
export type TaskHint = Partial<Pick<Task, 'category' | 'name' | 'complexity' | 'type'>>;

/** The name a task's own history is kept under. */
export function historyKey({ category, name, complexity, type, digest }: Task): string {
  return [category, digest === null ? name : `${name}.${digest}`, complexity, type].join(':');
}

/** The name the history of all tasks like this one is kept under: of the same complexity and type. */
export function similarKey({ complexity, type }: Pick<Task, 'complexity' | 'type'>): string {
  return ['*', '*', complexity, type].join(':');
}
