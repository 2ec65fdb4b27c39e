import type { CommandWord, SimpleCommand } from './simple-command.js';
import type { TaskHint } from '../task.js';
import { taskTags } from './task-tags.js';

/** What a shell would read as a word without any meaning. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./~^-]+$/;

/** A program with its arguments as a simple command, and what tags in them say; the first `maxCharacters` count. */
export function argvCommand(
  argv: readonly string[],
  maxCharacters: number,
): { readonly hint: TaskHint; readonly command: SimpleCommand } {
  const words: CommandWord[] = [];
  let hint: TaskHint = {};
  let left = maxCharacters;
  for (const argument of argv) {
    if (left <= 0) break;
    const tags = taskTags(argument.slice(0, left));
    hint = { ...hint, ...tags.hint };
    words.push({ text: tags.rest, shape: PLAIN.test(tags.rest) ? tags.rest : '%s' });
    left -= argument.length + 1;
  }
  return { hint, command: { words, input: '', isPiped: false, isBackground: false } };
}
