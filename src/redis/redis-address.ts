/** Where a Redis server is, and how to log in. */
export interface RedisAddress {
  /** How logs name it: without user and password. */
  readonly label: string;
  readonly options: {
    readonly host?: string;
    readonly port?: number;
    /** Of a Unix socket. */
    readonly path?: string;
    readonly username?: string;
    readonly password?: string;
    readonly db?: number;
    /** Present where the connection is encrypted; certificates are checked as Node does by default. */
    readonly tls?: Record<string, never>;
  };
}

const DEFAULT_PORT = 6379;

/**
 * Reads `redis://[user][:password]@host[:port][/database]`, the same with `rediss:` for TLS, or the path of a socket.
 * What follows a `?` counts for nothing.
 * @returns null where it is none of them
 */
export function redisAddress(url: string): RedisAddress | null {
  if (url.startsWith('/')) return { label: url, options: { path: url } };
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const database = /^\/?(\d{0,9})$/.exec(pathname);
  if (!['redis:', 'rediss:'].includes(protocol) || database === null) return null;
  const host = hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1';
  const address = { host, port: Number(port || DEFAULT_PORT) };
  return {
    label: `${host.includes(':') ? `[${host}]` : host}:${String(address.port)}`,
    options: {
      ...address,
      ...(username === '' ? {} : { username: decoded(username) }),
      ...(password === '' ? {} : { password: decoded(password) }),
      ...(database[1] ? { db: Number(database[1]) } : {}),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
  };
}

/** A percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
