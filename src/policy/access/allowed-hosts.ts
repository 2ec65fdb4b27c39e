import type { IncomingMessage } from 'node:http';
import type { AccessRefusal } from './access-refusal.js';
import { headerValues } from './header-values.js';
import { IpAddress } from './ip-address.js';

const HOST = /^([a-z\d._-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/;

/**
 * The names the service answers to. A page whose own name is made to resolve to this machine (DNS rebinding) is of the
 * same origin as the service and tells itself only by that name in the Host header.
 */
export class AllowedHosts {
  readonly #hosts = new Set<string>();

  /** @param entries `name` for any port, `name:port` for one; what cannot be used goes to `fault` */
  constructor(entries: readonly string[], fault: (text: string) => void) {
    for (const entry of entries) {
      const host = parseHost(entry);
      if (host === null) fault(`${JSON.stringify(entry)} is not a host name or name:port`);
      else this.#hosts.add(host.port === null ? host.name : `${host.name}:${host.port}`);
    }
  }

  /**
   * Null for a request with one Host header that is a loopback name, an allowed one, or the very address that the
   * connection came to: to an address nobody can rebind a name, and by it probes come.
   */
  refusal(request: IncomingMessage): AccessRefusal | null {
    const [value, ...more] = headerValues(request, 'host');
    const host = value === undefined || more.length > 0 ? null : parseHost(value);
    if (host === null) return { status: 400, error: 'There must be one well-formed Host header' };
    return this.#isOurs(host, request) ? null : { status: 403, error: 'Host not allowed' };
  }

  #isOurs({ name, port, address }: Host, request: IncomingMessage): boolean {
    return (
      name === 'localhost' ||
      address?.isLoopback === true ||
      this.#hosts.has(name) ||
      this.#hosts.has(`${name}:${port ?? ''}`) ||
      (address !== null && address.text === IpAddress.parse(request.socket.localAddress ?? '')?.text)
    );
  }
}

interface Host {
  /** In lower case; an address in its canonical form, an IPv6 one in brackets. */
  readonly name: string;
  readonly port: string | null;
  readonly address: IpAddress | null;
}

function parseHost(text: string): Host | null {
  const [, host, port = null] = HOST.exec(text.toLowerCase()) ?? [];
  if (host === undefined) return null;
  const address = IpAddress.parse(host.replace(/^\[|\]$/g, ''));
  if (address === null && host.startsWith('[')) return null;
  return { name: address?.family === 'ipv6' ? `[${address.text}]` : (address?.text ?? host), port, address };
}
