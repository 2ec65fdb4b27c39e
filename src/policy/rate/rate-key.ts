import { isIPv6 } from 'node:net';
import type { ClientIdentity } from '../client-identity.js';

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Whom a client's doings are counted for: its token, wherever it comes from, else its address. Of an IPv6 address that is
 * the network of 64 bits, which one subscriber has all of.
 */
export function rateKey({ tokenName, address }: ClientIdentity): string {
  if (tokenName !== null) return `token:${tokenName}`;
  const [plain = ''] = address.split('%', 1);
  const ipv4 = MAPPED_IPV4.exec(plain)?.[1];
  if (ipv4 !== undefined) return `address:${ipv4}`;
  return `address:${isIPv6(plain) ? network(plain) : plain}`;
}

/** The first four groups of an IPv6 address, in one notation. */
function network(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // A dotted end stands for two groups.
  const missing = 8 - before.length - after.length - (address.includes('.') ? 1 : 0);
  const groups = [...before, ...Array<string>(tail === undefined ? 0 : missing).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
