import type { CommandWrapper } from '../../config/classification.js';
import { commandWords } from './command-words.js';
import { GlobSet } from './glob-set.js';
import { ProgramIndex } from './program-index.js';
import { isOption, operandIndices } from './operands.js';
import { type CommandWord, programName, type SimpleCommand } from './simple-command.js';
import { SubcommandSet } from './subcommand-set.js';

/** Command lines within command lines that are read. */
const MAX_DEPTH = 2;
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;

interface Wrapper extends Omit<CommandWrapper, 'programs' | 'subcommands' | 'valueOptions'> {
  readonly programs: GlobSet;
  readonly subcommands: SubcommandSet | null;
  readonly valueOptions: ReadonlySet<string>;
}

/** What a wrapper runs: the command from a word on, the line in a word, or nothing. */
type Inner = { readonly command: number } | { readonly line: number } | 'nothing';

/** Takes off commands what only wraps them: assignments before them, and the wrappers of the table. */
export class CommandUnwrapper {
  readonly #wrappers: ProgramIndex<Wrapper>;

  constructor(wrappers: readonly CommandWrapper[]) {
    const ready = wrappers.map((wrapper) => ({
      ...wrapper,
      programs: new GlobSet(wrapper.programs),
      subcommands: wrapper.subcommands === null ? null : new SubcommandSet(wrapper.subcommands),
      valueOptions: new Set(wrapper.valueOptions),
    }));
    this.#wrappers = new ProgramIndex(ready);
  }

  /** The commands that run in the end, none for assignments alone. A wrapper that is given no command is left, alone. */
  unwrap(commands: readonly SimpleCommand[]): SimpleCommand[] {
    return commands.flatMap((command) => this.#unwrap(command, 0));
  }

  #unwrap(command: SimpleCommand, depth: number): SimpleCommand[] {
    const { words } = command;
    for (let at = 0; ;) {
      while (ASSIGNMENT.test(words[at]?.text ?? '')) at += 1;
      if (at >= words.length) return [];
      const inner = this.#inner(words, at, programName(command, at));
      if (inner === null) return [{ ...command, words: words.slice(at) }];
      if (inner === 'nothing' || ('line' in inner && depth === MAX_DEPTH))
        return [{ ...command, words: words.slice(at, at + 1) }];
      if ('line' in inner) return this.#unwrapLine(words[inner.line]?.text ?? '', command, depth);
      at = inner.command;
    }
  }

  #unwrapLine(line: string, { input, isPiped, isBackground }: SimpleCommand, depth: number): SimpleCommand[] {
    return commandWords(line).flatMap((command, index) =>
      this.#unwrap(
        {
          words: command.words,
          input: command.input + input,
          isPiped: command.isPiped || (index === 0 && isPiped),
          isBackground: command.isBackground || isBackground,
        },
        depth + 1,
      ),
    );
  }

  /** What the first wrapper runs that fits the command at `at`; null where none fits. */
  #inner(words: readonly CommandWord[], at: number, program: string): Inner | null {
    for (const wrapper of this.#wrappers.of(program)) {
      const start = optionsStart(wrapper, words, at);
      const inner = start === null ? null : innerOf(wrapper, words, start);
      if (inner !== null) return inner;
    }
    return null;
  }
}

/** Where a wrapper's own options begin: behind its subcommand. Null where it is called with another. */
function optionsStart(
  { subcommands, valueOptions }: Wrapper,
  words: readonly CommandWord[],
  at: number,
): number | null {
  if (subcommands === null) return at + 1;
  const operands = operandIndices(words, at, valueOptions);
  const count = subcommands.wordsOf(operands.map((index) => words[index]?.text ?? ''));
  return count === 0 ? null : (operands[count - 1] ?? at) + 1;
}

function innerOf(wrapper: Wrapper, words: readonly CommandWord[], start: number): Inner | null {
  const { valueOptions, commandAfter, lineAfter } = wrapper;
  const needsOption = commandAfter !== null || lineAfter !== null;
  let ownWords = wrapper.ownWords;
  for (let at = start; at < words.length; at += 1) {
    const text = words[at]?.text ?? '';
    if (text === commandAfter) return at + 1 < words.length ? { command: at + 1 } : 'nothing';
    if (lineAfter !== null && endsWithOption(text, lineAfter))
      return at + 1 < words.length ? { line: at + 1 } : 'nothing';
    if (takesValue(text, valueOptions)) at += 1;
    else if (isOption(text)) continue;
    else if (needsOption) return null;
    else if (ASSIGNMENT.test(text)) continue;
    else if (ownWords > 0) ownWords -= 1;
    else return { command: at };
  }
  return needsOption ? null : 'nothing';
}

function takesValue(text: string, valueOptions: ReadonlySet<string>): boolean {
  return valueOptions.has(text) || [...valueOptions].some((option) => endsWithOption(text, option));
}

/** The option itself, or short options of which it is the last: -c, -lc. */
function endsWithOption(text: string, option: string): boolean {
  return text === option || (option.length === 2 && /^-[A-Za-z]{2,16}$/.test(text) && text.endsWith(option.charAt(1)));
}
