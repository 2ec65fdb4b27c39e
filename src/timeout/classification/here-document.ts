/**
 * What a here-document holds whose first row begins at `from`, and where the line goes on behind its delimiter. One
 * without its delimiter holds the rest.
 *
 * @param hasTabs tabs before the delimiter do not count: <<-
 */
export function hereDocument(
  line: string,
  from: number,
  delimiter: string,
  hasTabs: boolean,
): { readonly text: string; readonly next: number } {
  for (let at = from; at < line.length;) {
    const newline = line.indexOf('\n', at);
    const end = newline === -1 ? line.length : newline;
    const row = line.slice(at, end);
    if ((hasTabs ? row.replace(/^\t+/, '') : row) === delimiter) return { text: line.slice(from, at), next: end + 1 };
    at = end + 1;
  }
  return { text: line.slice(from), next: line.length };
}
