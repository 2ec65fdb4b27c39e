import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;
const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** An IP address in its one canonical form (RFC 5952). An IPv4 address mapped into IPv6 is that IPv4 address. */
export class IpAddress {
  private constructor(
    readonly text: string,
    readonly family: 'ipv4' | 'ipv6',
  ) {}

  /** Null where the text is not an address. Of an IPv6 address the zone (`%eth0`) is left out. */
  static parse(text: string): IpAddress | null {
    if (isIPv4(text)) return new IpAddress(text, 'ipv4');
    if (!isIPv6(text)) return null;
    const canonical = new URL(`http://[${text.split('%', 1)[0] ?? ''}]`).hostname.slice(1, -1);
    const [, high, low] = MAPPED.exec(canonical) ?? [];
    return high === undefined || low === undefined
      ? new IpAddress(canonical, 'ipv6')
      : new IpAddress([...bytesOf(high), ...bytesOf(low)].join('.'), 'ipv4');
  }

  get isLoopback(): boolean {
    return this.family === 'ipv4' ? this.text.startsWith('127.') : this.text === '::1';
  }

  /** What one subscriber has: the IPv4 address itself, the /64 of an IPv6 address. */
  get network(): string {
    if (this.family === 'ipv4') return this.text;
    const [head = '', tail] = this.text.split('::');
    const groups = head === '' ? [] : head.split(':');
    if (tail !== undefined) {
      const last = tail === '' ? [] : tail.split(':');
      groups.push(...Array<string>(GROUPS - groups.length - last.length).fill('0'), ...last);
    }
    return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
  }
}

function bytesOf(group: string): number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}
