import type { TaskHint } from '../task.js';
import { taskHintFrom } from './task-hint-from.js';

const TAG = /\[(category|task|complexity|type):([^[\]\n]{0,256})\]/g;

/** What a command says of its task in tags like [category:db][task:nightly][complexity:high][type:io]. */
export interface TaskTags {
  /** `task` is the name; the last tag of a kind counts. */
  readonly hint: TaskHint;
  /** The command without them. */
  readonly rest: string;
}

export function taskTags(command: string): TaskTags {
  if (!command.includes('[')) return { hint: {}, rest: command };
  const said: Record<string, string> = {};
  const rest = command.replaceAll(TAG, (_, kind: string, value: string) => {
    said[kind] = value.trim();
    return ' ';
  });
  const { category, task: name, complexity, type } = said;
  return { hint: taskHintFrom({ category, name, complexity, type }), rest };
}
