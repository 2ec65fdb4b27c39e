import { parse } from 'unbash';
import type { CommandLine } from './command-line.js';
import { commandRefusal } from '../command-refusal.js';
import { flatten } from './flatten.js';
import { isOnlyWords } from './is-only-words.js';

const MAX_COMMAND_BYTES = 16_384;
const MAX_COMMANDS = 200;

/**
 * Reads shell source that is nothing but simple commands of literal words with `|`, `&&`, `||`, `;` and newlines between;
 * comments and line continuations count as blanks.
 *
 * A parser of Bash says what the words and operators are. What it says is believed where a second reading, by characters
 * alone, agrees: every word has the value that its quotes give it, and all the source between two words is blanks and
 * the one operator.
 *
 * @param maxBytes length in UTF-8 of what is read
 * @throws PolicyError
 */
export function readCommandLine(source: string, maxBytes = MAX_COMMAND_BYTES): CommandLine {
  const first = firstWord(source);
  if (Buffer.byteLength(source) > maxBytes) throw commandRefusal(first, 'too_long');
  if (!source.isWellFormed() || source.includes('\0')) throw commandRefusal(first, 'not_well_formed');
  const placed = flatten(parsed(source, first));
  if (placed.length === 0) throw commandRefusal('', 'empty');
  if (!isOnlyWords(source, placed)) throw commandRefusal(first, 'unknown_syntax');
  const commands: [string, ...string[]][] = [];
  const operators: CommandLine['operators'][number][] = [];
  for (const { before, value } of placed) {
    if (before === 'blank') commands.at(-1)?.push(value);
    else commands.push([value]);
    if (before !== 'blank' && before !== 'start') operators.push(before);
  }
  if (commands.length > MAX_COMMANDS) throw commandRefusal(first, 'too_long', `over ${MAX_COMMANDS} commands`);
  return { commands, operators };
}

/** The first word, however it is quoted, for a refusal of the whole. */
function firstWord(source: string): string {
  return /[^ \t\n;&|<>()]+/.exec(source.slice(0, 1024))?.[0] ?? '';
}

function parsed(source: string, first: string): ReturnType<typeof parse> {
  try {
    return parse(source);
  } catch {
    // What the parser gives up on is no command.
    throw commandRefusal(first, 'not_well_formed');
  }
}
