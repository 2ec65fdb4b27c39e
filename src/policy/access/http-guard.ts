import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessRefusal } from './access-refusal.js';
import type { Doorkeeper } from './doorkeeper.js';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** The doorkeeper before what is served over plain HTTP. */
export class HttpGuard {
  constructor(private readonly doorkeeper: Doorkeeper) {}

  /** Lets through what asks for this service by a name of its own. */
  readonly named: Middleware = (request, response, next) => {
    const refusal = this.doorkeeper.hostRefusal(request);
    if (refusal === null) next();
    else answer(response, refusal);
  };

  /** Lets through who might connect: by a token where one is needed, else from this machine. */
  readonly admitted: Middleware = (request, response, next) => {
    this.doorkeeper.admit(request).then((decision) => {
      if ('refusal' in decision) answer(response, decision.refusal);
      else next();
    }, next);
  };
}

/** One line of JSON, as an upgrade is refused, and the end of the connection. */
function answer(response: ServerResponse, { status, error, retryAfter }: AccessRefusal): void {
  const body = `${JSON.stringify({ error })}\n`;
  response.writeHead(status, {
    Connection: 'close',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
  });
  response.end(body);
}
