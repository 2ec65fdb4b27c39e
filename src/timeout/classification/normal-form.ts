import { programName, type CommandWord, type SimpleCommand } from './simple-command.js';

const MAX_CHARACTERS = 4096;
const UUID = /(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])/gi;
/** With a digit and a letter: what has no digit may be a word. */
const HEX_ID = /(?<![0-9a-z])(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,}(?![0-9a-z])/gi;
const NUMBER = /[0-9]+(?:\.[0-9]+)*/g;
/** One at the end of a word: .ts, .py, .mp4. */
const EXTENSION = /[^.]\.[A-Za-z][A-Za-z0-9]{0,4}$/;

/**
 * What stays the same when a command is run again for another file, text or number. The simple commands are joined with
 * `;`, the first 4096 characters of whole words count. The program stays as it is, without its directory; of its
 * arguments, quoted text becomes %s, a path or file name %p (`--out=%p`), a number, an id in hexadecimal digits and a
 * UUID %n. Other words stay: `npm run build` and `npm run lint` are two. The form of a form is the form.
 */
export function normalForm(commands: readonly SimpleCommand[]): string {
  let form = '';
  for (const command of commands) {
    for (const [index, word] of command.words.entries()) {
      const text = index > 0 ? normalWord(word) : normalProgram(command);
      const gap = form === '' ? '' : index > 0 ? ' ' : ' ; ';
      if (form.length + gap.length + text.length > MAX_CHARACTERS) return form;
      form += gap + text;
    }
  }
  return form;
}

function normalProgram(command: SimpleCommand): string {
  return programName(command).replaceAll(/[^A-Za-z0-9_.+@%:,!{}[\]^~-]/g, '_') || '_';
}

function normalWord({ shape }: CommandWord): string {
  return withoutPath(shape).replaceAll(UUID, '%n').replaceAll(HEX_ID, '%n').replaceAll(NUMBER, '%n');
}

function withoutPath(word: string): string {
  const equals = word.indexOf('=');
  const slash = word.indexOf('/');
  if (equals !== -1 && (slash === -1 || slash > equals)) {
    return isPath(word.slice(equals + 1)) ? `${word.slice(0, equals)}=%p` : word;
  }
  if (/^-[A-Za-z][/~.]/.test(word)) return `${word.slice(0, 2)}%p`;
  return isPath(word) ? '%p' : word;
}

function isPath(word: string): boolean {
  return word.includes('/') || /^(?:~|\.\.?$|\.[A-Za-z])/.test(word) || EXTENSION.test(word);
}
