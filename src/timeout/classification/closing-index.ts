/**
 * The index in a shell line of the character that closes what begins at `from`: a quote, a brace, or a parenthesis, where
 * nested parentheses and quotes are passed over. The line's length where nothing closes it.
 */
export function closingIndex(line: string, close: string, from: number): number {
  let depth = 0;
  for (let at = from; at < line.length; at += 1) {
    const char = line[at];
    if (char === '\\') at += 1;
    else if (char === close && depth === 0) return at;
    else if (close !== ')') continue;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === '"') at = closingIndex(line, '"', at + 1);
    else if (char === "'") at = singleQuoteEnd(line, at + 1);
  }
  return line.length;
}

function singleQuoteEnd(line: string, from: number): number {
  const end = line.indexOf("'", from);
  return end === -1 ? line.length : end;
}
