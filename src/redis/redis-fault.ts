import { types } from 'node:util';
import { RedisUnavailable } from './redis-unavailable.js';

/** What an error of the client says of the server. */
export interface RedisFault {
  /** `server`: nothing can be asked of it; `writes`: it takes none, and still reads; `request`: it is well. */
  readonly concerns: 'server' | 'writes' | 'request';
  /** For logs. Made here from codes alone: what a server says may repeat the password. */
  readonly reason: string;
  /** True where the connection has to be set up anew to be let in. */
  readonly isLoginLost?: boolean;
}

/** What the codes of error replies mean that are about the server and not about the request. */
const CODES: Readonly<Record<string, RedisFault>> = {
  NOAUTH: { concerns: 'server', reason: 'it wants a password', isLoginLost: true },
  WRONGPASS: { concerns: 'server', reason: 'it refuses the password' },
  LOADING: { concerns: 'server', reason: 'it is loading its data' },
  MASTERDOWN: { concerns: 'server', reason: 'it has lost its master' },
  CLUSTERDOWN: { concerns: 'server', reason: 'its cluster is down' },
  BUSY: { concerns: 'server', reason: 'a script keeps it busy' },
  OOM: { concerns: 'writes', reason: 'it is full' },
  READONLY: { concerns: 'writes', reason: 'it is a read-only replica' },
  MISCONF: { concerns: 'writes', reason: 'it cannot save to its disk' },
  NOREPLICAS: { concerns: 'writes', reason: 'it has too few replicas' },
};

/** What the client itself says where it cannot ask. */
const LOST = /^(Connection is closed|Stream isn't writeable|Command timed out|Command aborted|Reached the max retries)/;

export function redisFault(error: unknown): RedisFault {
  if (error instanceof RedisUnavailable) return { concerns: 'server', reason: error.reason };
  if (!types.isNativeError(error)) return { concerns: 'request', reason: 'of an unknown error' };
  if (error.name === 'ReplyError') {
    const code = replyCode(error.message);
    return CODES[code] ?? { concerns: 'request', reason: `it answers ${code}` };
  }
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return { concerns: 'server', reason: `the connection failed (${code})` };
  if (LOST.test(error.message)) return { concerns: 'server', reason: 'the connection was lost' };
  return { concerns: 'request', reason: `of a ${error.name}` };
}

/** The first word of an error reply. Before Redis 7 a script wraps the reply of what it calls into one of its own. */
function replyCode(message: string): string {
  const wrapped = /^ERR Error running script .{0,200}?: -?([A-Z]{3,20}) /.exec(message);
  return wrapped?.[1] ?? /^[A-Z]{1,20}(?= |$)/.exec(message)?.[0] ?? 'an error';
}
