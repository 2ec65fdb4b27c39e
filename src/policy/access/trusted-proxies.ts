import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import { headerValues } from './header-values.js';
import { IpAddress } from './ip-address.js';

const PREFIX_BITS = { ipv4: 32, ipv6: 128 };

/** The proxies whose word on who their client is counts. */
export class TrustedProxies {
  readonly #blocks = new BlockList();

  /** @param entries addresses and CIDR blocks; what cannot be used goes to `fault` */
  constructor(entries: readonly string[], fault: (text: string) => void) {
    for (const entry of entries) {
      const [text = '', bits, ...more] = entry.split('/');
      const address = IpAddress.parse(text);
      const prefix = address === null ? 0 : prefixBits(bits, PREFIX_BITS[address.family]);
      if (address === null || prefix === null || more.length > 0)
        fault(`${JSON.stringify(entry)} is not an address or a block like 10.0.0.0/8`);
      else this.#blocks.addSubnet(address.text, prefix, address.family);
    }
  }

  /**
   * The client's address: the connection's own or, where that is a trusted proxy's, the last address before the trusted
   * ones in X-Forwarded-For or Forwarded (RFC 7239). What stands further left the client may have written itself.
   *
   * @returns null where the two headers contradict each other (a proxy writes one and hands the other on as its client
   *   sent it), or where the connection is gone
   */
  clientOf(request: IncomingMessage): IpAddress | null {
    const peer = IpAddress.parse(request.socket.remoteAddress ?? '');
    if (peer === null || !this.#has(peer)) return peer;
    const chains = [
      headerValues(request, 'x-forwarded-for').flatMap((value) => value.split(',')),
      headerValues(request, 'forwarded').flatMap(forwardedNodes),
    ].filter((chain) => chain.length > 0);
    const clients = chains.map((chain) => this.#lastUntrusted(peer, chain));
    const [client = peer] = clients;
    return clients.every(({ text }) => text === client.text) ? client : null;
  }

  /** Where a trusted proxy names no address, it is itself the last that is known. */
  #lastUntrusted(peer: IpAddress, chain: readonly string[]): IpAddress {
    let client = peer;
    for (const node of chain.toReversed()) {
      const address = nodeAddress(node);
      if (address === null) break;
      client = address;
      if (!this.#has(address)) break;
    }
    return client;
  }

  #has(address: IpAddress): boolean {
    return this.#blocks.check(address.text, address.family);
  }
}

function prefixBits(bits: string | undefined, most: number): number | null {
  if (bits === undefined) return most;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? Number(bits) : null;
}

/** `for` of each element, in order. Read from the right, where a quote that the client left open shifts nothing. */
function forwardedNodes(value: string): string[] {
  const nodes: string[] = [];
  let end = value.length;
  let isQuoted = false;
  for (let index = end - 1; index >= -1; index -= 1) {
    if (value[index] === '"') isQuoted = !isQuoted;
    if (index >= 0 && (value[index] !== ',' || isQuoted)) continue;
    nodes.unshift(forOf(value.slice(index + 1, end)));
    end = index;
  }
  return nodes;
}

function forOf(element: string): string {
  const pair = element.split(';').find((each) => /^\s*for=/i.test(each)) ?? '';
  return pair.slice(pair.indexOf('=') + 1).replace(/^\s*"|"\s*$/g, '');
}

/** An address as a proxy writes it: bare, or with a port. */
function nodeAddress(node: string): IpAddress | null {
  const text = node.trim();
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(text) ?? [];
  return IpAddress.parse(v6 ?? v4 ?? text);
}
