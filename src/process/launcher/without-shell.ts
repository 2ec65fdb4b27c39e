import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { programPath } from './program-fault.js';

/** A program, and the environment it is started with. */
export interface ProgramStart {
  /** Where it is, in its directory or from the root. */
  readonly file: string;
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Characters that mean themselves wherever they stand in a word (POSIX.1-2024, Shell Command Language, 2.2). */
const PLAIN = String.raw`[\w./:@%+,-]`;
/** In single quotes every character does, in double quotes every one but these. */
const QUOTED = String.raw`'[^'\0]*'|"[^"$\x60\\\0]*"`;
const WORD = `(?:${PLAIN}|=|${QUOTED})+`;
const SIMPLE = new RegExp(`^[ \\t]*(?:${PLAIN}+|'/[^'\\0]*')(?:[ \\t]+${WORD})*[ \\t\\n]*$`);
const WORDS = new RegExp(WORD, 'g');
const QUOTES = new RegExp(QUOTED, 'g');
/** A longer line is not worth the look. */
const MAX_LENGTH = 10_000;

/** What bash or dash does itself: its own commands, and its reserved words. */
const OF_THE_SHELL = new Set(
  `alias bg bind break builtin caller case cd chdir command compgen complete compopt continue coproc declare dirs disown do
  done echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs kill
  let local logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test
  then time times trap true type typeset ulimit umask unalias unset until wait while . :`.split(/\s+/),
);
/** Of those, what is the same as the program of that name, asked for nothing. */
const SAME_AS_PROGRAM = new Set(['true', 'false']);
/** Variables by which a shell does other than its line says, or which it does not hand on as they are. */
const MOVES_SHELL =
  /^(?:BASH.*|SHELLOPTS|POSIXLY_CORRECT|ENV|IFS|PS\d|OPT[A-Z]+|P?PID|E?UID|LINENO|GROUPS|S?RANDOM|SECONDS|EPOCH\w*|FUNCNAME|DIRSTACK|PIPESTATUS|COMP_\w+)$/;
const NAME = /^[A-Za-z_]\w*$/;

/**
 * What bash or dash would become by `-c` and a line that is one program with plain or quoted words (both execute the last
 * simple command of a line without a fork): so it can be started without the shell before it, as make(1) does, too. Null
 * where the shell is asked for anything of its own, where it would say what is wrong, or where it is another shell.
 */
export function withoutShell(
  argv: readonly [string, ...string[]],
  cwd: string,
  environment: ProgramStart['environment'],
): ProgramStart | null {
  const [shell, option, line = ''] = argv;
  if (argv.length !== 3 || option !== '-c' || line.length > MAX_LENGTH || !SIMPLE.test(line)) return null;
  const kind = kindOf(shell);
  if (kind === null || environment['PWD'] !== cwd) return null;
  if (!Object.keys(environment).every(isHandedOn)) return null;
  const [name, ...args] = (line.match(WORDS) ?? []).map(unquoted);
  if (name === undefined || (OF_THE_SHELL.has(name) && !(SAME_AS_PROGRAM.has(name) && args.length === 0))) return null;
  const path = environment['PATH'];
  // It looks where it stands, too, and without a PATH where it was built to.
  if (!path?.split(':').every((directory) => directory.startsWith('/'))) return null;
  const program = programPath(name, path, cwd);
  if (program === null || !isFormatOfTheSystem(resolve(cwd, program))) return null;
  const given = kind === 'bash' ? ofBash(environment, program) : environment;
  return given && { file: program, argv: [name, ...args], environment: given };
}

/** What bash hands on to what it becomes; null where it first has something to say. */
function ofBash(environment: ProgramStart['environment'], program: string): ProgramStart['environment'] | null {
  const { SHLVL: level = '0', OLDPWD: before, ...others } = environment;
  if (!/^\d{1,2}$/.test(level)) return null;
  const isKept = before !== undefined && statSync(before, { throwIfNoEntry: false })?.isDirectory() === true;
  return { ...others, SHLVL: String(Number(level)), ...(isKept && { OLDPWD: before }), _: program };
}

/** What begins otherwise is a script for the very shell that was to execute it (execve(2) says ENOEXEC). */
function isFormatOfTheSystem(file: string): boolean {
  const head = Buffer.alloc(4);
  try {
    const fd = openSync(file, 'r');
    try {
      readSync(fd, head, 0, head.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
  const text = head.toString('latin1');
  return text === '\x7fELF' || text.startsWith('#!');
}

/** Names of variables that were looked at, and how many are kept at most. */
const handedOn = new Map<string, boolean>();
const MAX_NAMES = 1000;

/** Whether a shell hands a variable of that name on as it is, and does not act by it. */
function isHandedOn(name: string): boolean {
  const known = handedOn.get(name);
  if (known !== undefined) return known;
  const isSo = NAME.test(name) && !MOVES_SHELL.test(name);
  if (handedOn.size < MAX_NAMES) handedOn.set(name, isSo);
  return isSo;
}

function unquoted(word: string): string {
  return word.replace(QUOTES, (quoted) => quoted.slice(1, -1));
}

const kinds = new Map<string, 'bash' | 'dash' | null>();

/** Which shell a file is, by what its links lead to. */
function kindOf(file: string): 'bash' | 'dash' | null {
  let kind = kinds.get(file);
  if (kind === undefined) {
    kind = file.startsWith('/') ? readKind(file) : null;
    kinds.set(file, kind);
  }
  return kind;
}

function readKind(file: string): 'bash' | 'dash' | null {
  try {
    const name = basename(realpathSync(file));
    // By another name bash is another shell.
    if (name === 'bash') return basename(file) === 'bash' ? 'bash' : null;
    return name === 'dash' ? 'dash' : null;
  } catch {
    return null;
  }
}
