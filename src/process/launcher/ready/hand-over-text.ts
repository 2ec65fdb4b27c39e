type Environment = Readonly<Record<string, string | undefined>>;

/** What a ready shell is to become. */
export interface HandOver {
  readonly cwd: string;
  readonly environment: Environment;
  readonly argv: readonly string[];
}

/** Longest text: it is written in one go, which an empty pipe takes whatever its size (pipe(7)). */
const MAX_BYTES = 4096;

/** What a shell passes on (POSIX.1-2024, Shell Command Language, 2.5). */
const NAME = /^[A-Za-z_]\w*$/;
/** Variables that some shell sets by itself, or does not let be set; `_` and SHLVL are tried, see changes-nothing.ts. */
const OF_THE_SHELL =
  /^(?:IFS|PS\d|OPT[A-Z]+|P?PID|E?UID|LINENO|GROUPS|BASH\w*|SHELLOPTS|POSIXLY_CORRECT|ENV|RANDOM|SECONDS|FUNCNAME|DIRSTACK|HIST\w*|OLDPWD|MAIL\w*|PIPESTATUS)$/;

/**
 * The line with which a POSIX shell replaces itself by a command, its stdin empty: every word is in single quotes, in which
 * a shell gives no character a meaning. Null where a shell could not pass it on as it is.
 * @param from the directory and the environment that the shell was started with
 */
export function handOverText(
  { cwd, environment, argv }: HandOver,
  from: { readonly cwd: string; readonly environment: Environment },
): string | null {
  if (Object.entries(from.environment).some(([name, value]) => value !== undefined && environment[name] === undefined))
    return null;
  const variables = Object.entries(environment).filter(([name, value]) => from.environment[name] !== value);
  if (variables.some(([name]) => !NAME.test(name) || OF_THE_SHELL.test(name))) return null;
  const words = variables.map(([name, value = '']) => `${name}=${quoted(value)}`);
  const before = [
    // It sets OLDPWD, which the command does not get.
    ...(cwd === from.cwd ? [] : [`cd -P ${quoted(cwd)}/. && ${restored('OLDPWD', from.environment['OLDPWD'])}`]),
    ...(words.length === 0 ? [] : [`export ${words.join(' ')}`]),
  ];
  const text = `${[...before, `exec ${argv.map(quoted).join(' ')} </dev/null`].join(' && ')}\n`;
  return Buffer.byteLength(text) > MAX_BYTES ? null : text;
}

function restored(name: string, value: string | undefined): string {
  return value === undefined ? `unset ${name}` : `export ${name}=${quoted(value)}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
