import type { CommandLine } from './command-line.js';

/**
 * The commands as text that bash, dash and zsh read as exactly these words: each in single quotes, in which a shell gives
 * no character a meaning, and a single quote itself as `'\''`.
 */
export function shellText({ commands, operators }: CommandLine): string {
  return commands
    .map(
      (words, index) =>
        `${words.map(quoted).join(' ')}${index < operators.length ? ` ${operators[index] ?? ''} ` : ''}`,
    )
    .join('');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
