import { plainWords } from './plain-words.js';
import { isOption, operandIndices } from './operands.js';
import { programName, type SimpleCommand } from './simple-command.js';

/** Commands of a pipe whose arguments count as the text of the one that reads it. */
const MAX_PIPED = 4;

/** What rules ask of a command, worked out when it is asked first and for as long as the same options are meant. */
export class CommandReading {
  readonly program: string;
  /** What follows the program. */
  readonly arguments: readonly string[];
  #valueOptions: ReadonlySet<string> | null = null;
  #operands: readonly string[] = [];
  #text: string | null = null;
  #plainText: string | null = null;

  /** @param piped the commands whose output it reads */
  constructor(
    private readonly command: SimpleCommand,
    private readonly piped: readonly SimpleCommand[],
  ) {
    this.program = programName(command);
    this.arguments = command.words.slice(1).map(({ text }) => text);
  }

  /** The arguments that are neither options nor values of these options. */
  operands(valueOptions: ReadonlySet<string>): readonly string[] {
    if (valueOptions === this.#valueOptions) return this.#operands;
    this.#valueOptions = valueOptions;
    this.#text = this.#plainText = null;
    this.#operands = operandIndices(this.command.words, 0, valueOptions).map((at) => this.arguments[at - 1] ?? '');
    return this.#operands;
  }

  /** All it is told: what is piped into it, its operands and its here-documents. */
  text(valueOptions: ReadonlySet<string>): string {
    const operands = this.operands(valueOptions);
    this.#text ??= [...this.piped.slice(-MAX_PIPED).flatMap(textsOf), ...operands, this.command.input].join(' ');
    return this.#text;
  }

  plainText(valueOptions: ReadonlySet<string>): string {
    const text = this.text(valueOptions);
    this.#plainText ??= plainWords(text);
    return this.#plainText;
  }
}

function textsOf({ words, input }: SimpleCommand): string[] {
  return [...words.slice(1).flatMap(({ text }) => (isOption(text) ? [] : [text])), input];
}
