import type { IncomingMessage } from 'node:http';

/** Every value a header came with, in order: `request.headers` keeps only one of some that are sent twice. */
export function headerValues(request: IncomingMessage, name: string): string[] {
  const { rawHeaders } = request;
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
