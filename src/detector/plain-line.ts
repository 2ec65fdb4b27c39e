const ESCAPE = '\u001b';

/** The line without the escape sequences that colour it and move the cursor (ECMA-48, CSI), and without its end. */
export function plainLine(line: string): string {
  const text = line.replace(/[\r\n]+$/, '');
  if (!text.includes(ESCAPE)) return text;
  const [first = '', ...others] = text.split(`${ESCAPE}[`);
  return first + others.map((part) => part.replace(/^[0-?]*[ -/]*[@-~]/, '')).join('');
}
