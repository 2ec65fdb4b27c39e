/** A word of a command line. */
export interface CommandWord {
  /** What the shell makes of it, as far as that can be told without running anything. */
  readonly text: string;
  /** The same with %s for each part that was quoted or is only known when it runs; never empty, and without blanks. */
  readonly shape: string;
}

/** A command with its arguments, without redirections. */
export interface SimpleCommand {
  readonly words: readonly CommandWord[];
  /** What its here-documents hold. */
  readonly input: string;
  /** It reads what the simple command before it writes. */
  readonly isPiped: boolean;
  /** It runs in the background. */
  readonly isBackground: boolean;
}

/** The program of a command, without its directory and a version behind @: `./bin/jest`, `jest@30` → jest. */
export function programName({ words }: Pick<SimpleCommand, 'words'>, at = 0): string {
  const text = words[at]?.text ?? '';
  const name = text.slice(text.lastIndexOf('/') + 1);
  const version = name.indexOf('@', 1);
  return version === -1 ? name : name.slice(0, version);
}
