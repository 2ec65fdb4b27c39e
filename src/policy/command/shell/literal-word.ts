import type { CommandRule } from '../command-rule.js';

/** The value of a word of shell source, or the rule by which it is none that stands for itself alone. */
export type LiteralWord = { readonly value: string } | { readonly rule: CommandRule };

const BY_CHARACTER: ReadonlyMap<string, CommandRule> = new Map<string, CommandRule>([
  ['`', 'substitution'],
  ['*', 'glob'],
  ['?', 'glob'],
  ['[', 'glob'],
  ['{', 'brace'],
  ['}', 'brace'],
  ['<', 'redirection'],
  ['>', 'redirection'],
  ['(', 'subshell'],
  [')', 'subshell'],
  ['&', 'background'],
  ['|', 'unknown_syntax'],
  [';', 'unknown_syntax'],
  [' ', 'unknown_syntax'],
  ['\t', 'unknown_syntax'],
  ['\n', 'unknown_syntax'],
]);

/**
 * Takes the quotes off one word of shell source (POSIX.1-2024, Shell Command Language, 2.2). It knows nothing of the
 * parser and judges by the characters alone, so that the two can be held against each other.
 */
export function literalWord(source: string): LiteralWord {
  // `[` as a whole word is the name of a program.
  if (source === '[') return { value: source };
  let value = '';
  for (let at = 0; at < source.length; at += 1) {
    const char = source.charAt(at);
    if (char === '\\') {
      at += 1;
      if (at === source.length) return { rule: 'not_well_formed' };
      if (source[at] !== '\n') value += source.charAt(at);
    } else if (char === "'") {
      const end = source.indexOf("'", at + 1);
      if (end === -1) return { rule: 'not_well_formed' };
      value += source.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(source, at + 1);
      if ('rule' in quoted) return quoted;
      value += quoted.value;
      at = quoted.end;
    } else {
      const rule = ruleOf(source, at);
      if (rule !== null) return { rule };
      value += char;
    }
  }
  return { value };
}

/** The rule by which a character that no quote covers is refused. */
function ruleOf(source: string, at: number): CommandRule | null {
  const char = source.charAt(at);
  const before = source[at - 1];
  if (char === '$') return at === source.length - 1 ? null : dollarRule(source, at);
  if (char === '~') return before === undefined || before === '=' || before === ':' ? 'tilde' : null;
  if (char === '#') return before === undefined ? 'unknown_syntax' : null;
  return BY_CHARACTER.get(char) ?? null;
}

function dollarRule(source: string, at: number): CommandRule {
  return source[at + 1] === '(' && source[at + 2] !== '(' ? 'substitution' : 'expansion';
}

/** @param from index after the opening quote; `end` is that of the closing one */
function doubleQuoted(source: string, from: number): { value: string; end: number } | { rule: CommandRule } {
  let value = '';
  for (let at = from; at < source.length; at += 1) {
    const char = source.charAt(at);
    const next = source.charAt(at + 1);
    if (char === '"') return { value, end: at };
    if (char === '`') return { rule: 'substitution' };
    // A $ before a blank or the closing quote is one.
    if (char === '$' && next !== '"' && next !== ' ') return { rule: dollarRule(source, at) };
    if (char === '\\' && next !== '' && '$`"\\\n'.includes(next)) {
      at += 1;
      if (next !== '\n') value += next;
    } else {
      value += char;
    }
  }
  return { rule: 'not_well_formed' };
}
