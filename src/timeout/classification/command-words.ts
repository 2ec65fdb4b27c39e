import { closingIndex } from './closing-index.js';
import { hereDocument } from './here-document.js';
import type { CommandWord, SimpleCommand } from './simple-command.js';

/**
 * The simple commands of a shell line, in the order in which they are written: cut at ; && || | & ( ) and newlines,
 * without redirections, comments and what stands in $( ) and ` `. A light reading of the shell's grammar: right for
 * ordinary lines, and for any other some answer, in time linear in its length.
 */
export function commandWords(line: string): SimpleCommand[] {
  return new LineScanner(line).commands();
}

interface Draft {
  words: CommandWord[];
  input: string;
  isPiped: boolean;
  isBackground: boolean;
}

interface HereDocument {
  readonly command: Draft;
  readonly delimiter: string;
  readonly hasTabs: boolean;
}

const ORDINARY = /[A-Za-z0-9_.,:=@%+/^~*?!{}[\]-]+/y;
const NO_PARAMETERS = /\([ \t]*\)/y;
const REDIRECTION = /&>>?|<<<|<<-|<<|<>|<&|>>|>&|>\||[<>]/y;

class LineScanner {
  readonly #commands: Draft[] = [];
  readonly #hereDocuments: HereDocument[] = [];
  #at = 0;
  #command: Draft = draft(false);
  /** Where the commands began that an & puts into the background. */
  #listStart = 0;
  #text = '';
  #shape = '';
  /** The redirection whose target the next word is. */
  #redirection = '';
  /** Within [[ ]], where the operators have another meaning. */
  #isTest = false;

  constructor(private readonly line: string) {}

  commands(): SimpleCommand[] {
    while (this.#at < this.line.length) this.#step(this.line.charAt(this.#at));
    this.#endCommand(false);
    return this.#commands;
  }

  #step(char: string): void {
    ORDINARY.lastIndex = this.#at;
    const run = ORDINARY.exec(this.line)?.[0];
    if (run !== undefined) this.#take(run.length, run, run);
    else if (' \t\r\v\f'.includes(char)) this.#blank();
    else if (char === '\n') this.#endLine();
    else if (char === "'") this.#quoted(this.#until("'", this.#at + 1));
    else if (char === '"') this.#quoted(closingIndex(this.line, '"', this.#at + 1));
    else if (char === '`') this.#unknown(closingIndex(this.line, '`', this.#at + 1) + 1);
    else if (char === '\\') this.#escaped();
    else if (char === '$') this.#dollar();
    else if (char === '#' && this.#shape === '') this.#at = this.#until('\n');
    else if (char === ';') this.#operator(1);
    else if (this.#isTest && '&|()<>'.includes(char)) this.#blank();
    else if (char === '<' || char === '>' || (char === '&' && this.line[this.#at + 1] === '>')) this.#redirect();
    else if (char === '&') this.#ampersand();
    else if (char === '|') this.#operator(this.line[this.#at + 1] === '|' ? 2 : 1, this.line[this.#at + 1] !== '|');
    else if (char === '(') this.#parenthesis();
    else if (char === ')') this.#operator(1);
    else this.#take(1, char, char);
  }

  #take(length: number, text: string, shape: string): void {
    this.#at += length;
    this.#text += text;
    this.#shape += shape;
  }

  #blank(): void {
    this.#at += 1;
    this.#endWord();
  }

  #quoted(close: number): void {
    this.#take(close + 1 - this.#at, this.line.slice(this.#at + 1, close), '%s');
  }

  /** A part that is only known when it runs. */
  #unknown(end: number): void {
    this.#take(end - this.#at, '%s', '%s');
  }

  #escaped(): void {
    const next = this.line.charAt(this.#at + 1);
    if (next === '\n') this.#at += 2;
    else this.#take(2, next, '_');
  }

  #dollar(): void {
    const next = this.line[this.#at + 1];
    if (next === '(') this.#unknown(closingIndex(this.line, ')', this.#at + 2) + 1);
    else if (next === '{') this.#unknown(closingIndex(this.line, '}', this.#at + 2) + 1);
    else this.#take(1, '$', '$');
  }

  #parenthesis(): void {
    NO_PARAMETERS.lastIndex = this.#at;
    const empty = NO_PARAMETERS.exec(this.line)?.[0];
    if (empty !== undefined) {
      // The name of a function that is being defined.
      this.#at += empty.length;
      this.#text = this.#shape = '';
      this.#command.words = [];
    } else if (this.line[this.#at + 1] === '(') this.#at = closingIndex(this.line, ')', this.#at + 1) + 1;
    else if (this.#shape !== '') this.#unknown(closingIndex(this.line, ')', this.#at + 1) + 1);
    else this.#operator(1);
  }

  #redirect(): void {
    REDIRECTION.lastIndex = this.#at;
    const operator = REDIRECTION.exec(this.line)?.[0] ?? '';
    if (operator.length === 1 && this.line[this.#at + 1] === '(') {
      this.#unknown(closingIndex(this.line, ')', this.#at + 2) + 1);
      return;
    }
    // The number of the stream that is redirected.
    if (/^[0-9]+$/.test(this.#shape)) this.#text = this.#shape = '';
    this.#endWord();
    this.#at += operator.length;
    this.#redirection = operator;
  }

  #ampersand(): void {
    if (this.line[this.#at + 1] === '&') {
      this.#operator(2);
      return;
    }
    this.#operator(1);
    for (const command of this.#commands.slice(this.#listStart)) command.isBackground = true;
    this.#listStart = this.#commands.length;
  }

  #operator(length: number, isPipe = false): void {
    if (this.line[this.#at] === ';') this.#endList();
    else this.#endCommand(isPipe);
    this.#at += length;
  }

  #endLine(): void {
    this.#endList();
    this.#at += 1;
    for (const { command, delimiter, hasTabs } of this.#hereDocuments.splice(0)) {
      const { text, next } = hereDocument(this.line, this.#at, delimiter, hasTabs);
      command.input += text;
      this.#at = next;
    }
  }

  #endList(): void {
    this.#endCommand(false);
    this.#listStart = this.#commands.length;
  }

  #endCommand(isPipe: boolean): void {
    this.#endWord();
    if (this.#command.words.length > 0) this.#commands.push(this.#command);
    this.#command = draft(isPipe);
    this.#redirection = '';
    this.#isTest = false;
  }

  #endWord(): void {
    if (this.#shape === '') return;
    const word = { text: this.#text, shape: this.#shape };
    this.#text = this.#shape = '';
    if (this.#redirection.startsWith('<<') && this.#redirection !== '<<<') {
      const hasTabs = this.#redirection === '<<-';
      this.#hereDocuments.push({ command: this.#command, delimiter: word.text, hasTabs });
    } else if (this.#redirection === '') {
      if (word.shape === '[[') this.#isTest = true;
      else if (word.shape === ']]') this.#isTest = false;
      this.#command.words.push(word);
    }
    this.#redirection = '';
  }

  #until(char: string, from = this.#at): number {
    const end = this.line.indexOf(char, from);
    return end === -1 ? this.line.length : end;
  }
}

function draft(isPiped: boolean): Draft {
  return { words: [], input: '', isPiped, isBackground: false };
}
