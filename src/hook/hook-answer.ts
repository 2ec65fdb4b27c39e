import type { HookType } from '../config/hook-entry.js';
import type { Program } from '../policy/command/decision.js';

/** What a hook says. What it does not say is null, or empty. */
export interface HookAnswer {
  /** Why the command, or the control of it, is refused. */
  readonly refusal: string | null;
  /** A sentence for the client. */
  readonly warning: string | null;
  /** What runs instead. */
  readonly program: Program | null;
  /** Words before what runs. */
  readonly wrap: readonly [string, ...string[]] | null;
  readonly cwd: string | null;
  readonly environment: Readonly<Record<string, string>>;
}

/** An answer that says nothing. */
export const SILENT_ANSWER: HookAnswer = Object.freeze({
  refusal: null,
  warning: null,
  program: null,
  wrap: null,
  cwd: null,
  environment: Object.freeze({}),
});

const MAX_SENTENCE_CHARACTERS = 1000;
const FIELDS: Readonly<Record<HookType, readonly string[]>> = {
  'pre-execute': ['allow', 'reason', 'warning', 'command', 'argv', 'wrap', 'cwd', 'env'],
  'pre-control': ['allow', 'reason', 'warning'],
  'post-output': ['warning'],
  'post-execute': ['warning'],
};

/**
 * The answer on a hook's stdout: nothing at all, or one JSON object of the fields of its type.
 * @returns the answer, or a sentence that tells what is wrong with it
 */
export function hookAnswer(type: HookType, stdout: Buffer): HookAnswer | string {
  const text = stdout.toString();
  if (text.trim() === '') return SILENT_ANSWER;
  const source = parsed(text);
  if (source === null) return 'its answer is no JSON object';
  const unknown = Object.keys(source).find((name) => !FIELDS[type].includes(name));
  if (unknown !== undefined)
    return `its answer has ${JSON.stringify(unknown.slice(0, 64))}, which ${type} does not know; there are ${FIELDS[type].join(', ')}`;
  const fault = faultOf(source);
  return fault === null ? answerFrom(source) : `in its answer ${fault}`;
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function faultOf({ allow, reason, warning, command, argv, wrap, cwd, env }: Record<string, unknown>): string | null {
  if (allow != null && typeof allow !== 'boolean') return 'allow must be true or false';
  for (const [name, value] of Object.entries({ reason, warning, command, cwd }))
    if (value != null && !isText(value)) return `${name} must be a string of well-formed Unicode without NUL`;
  if (typeof command === 'string' && command.trim() === '') return 'command must not be blank';
  for (const [name, value] of Object.entries({ argv, wrap }))
    if (value != null && !isWords(value)) return `${name} must be a program and its arguments, a list of strings`;
  if (command != null && argv != null) return 'there must be either command or argv';
  if (env != null && !isEnvironment(env))
    return 'env must be an object of strings whose names have no = and do not start with CC_EXECUTOR_';
  return null;
}

function answerFrom(source: Readonly<Record<string, unknown>>): HookAnswer {
  const { allow, reason, warning, command, argv, wrap, cwd, env } = source;
  const sentence = (value: unknown): string | null =>
    typeof value === 'string' && value.trim() !== '' ? value.slice(0, MAX_SENTENCE_CHARACTERS) : null;
  return {
    refusal: allow === false ? (sentence(reason) ?? 'It gives no reason') : null,
    warning: sentence(warning),
    program: isWords(argv) ? { argv } : typeof command === 'string' ? { command } : null,
    wrap: isWords(wrap) ? wrap : null,
    cwd: typeof cwd === 'string' ? cwd : null,
    environment: isEnvironment(env) ? env : {},
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
}

function isWords(value: unknown): value is [string, ...string[]] {
  return Array.isArray(value) && value.length > 0 && value.every(isText) && value[0] !== '';
}

function isEnvironment(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const isName = (name: string): boolean => name !== '' && !name.includes('=') && !name.startsWith('CC_EXECUTOR_');
  return Object.entries(value).every(([name, text]) => isText(name) && isName(name) && isText(text));
}
