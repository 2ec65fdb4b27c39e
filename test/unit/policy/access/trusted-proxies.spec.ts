import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TrustedProxies } from '../../../../src/policy/access/trusted-proxies.js';
import { faults, type Header, request } from './support.js';

const proxies = new TrustedProxies(['10.0.0.0/8', '2001:db8:ffff::/48', '192.0.2.1'], () => undefined);

function clientOf(headers: readonly Header[], remoteAddress: string): string | undefined {
  return proxies.clientOf(request(headers, { remoteAddress }))?.text;
}

describe('the trusted proxies', () => {
  it.each<[string, Header[], string]>([
    ['10.1.2.3', [['X-Forwarded-For', '203.0.113.1']], '203.0.113.1'],
    ['::ffff:10.1.2.3', [['x-forwarded-for', '203.0.113.1']], '203.0.113.1'],
    ['192.0.2.1', [['X-Forwarded-For', '203.0.113.1']], '203.0.113.1'],
    ['192.0.2.2', [['X-Forwarded-For', '203.0.113.1']], '192.0.2.2'],
    ['2001:db8:ffff::7', [['Forwarded', 'for="[2001:db8::1]:443"']], '2001:db8::1'],
    ['2001:db8:fffe::7', [['Forwarded', 'for="[2001:db8::1]:443"']], '2001:db8:fffe::7'],
    ['10.0.0.1', [], '10.0.0.1'],
    ['10.0.0.1', [['X-Forwarded-For', '10.0.0.3, 10.0.0.2']], '10.0.0.3'],
    ['10.0.0.1', [['X-Forwarded-For', 'unknown, 10.0.0.2']], '10.0.0.2'],
    ['10.0.0.1', [['Forwarded', 'proto=https']], '10.0.0.1'],
    ['10.0.0.1', [['Forwarded', 'for=203.0.113.1;host="a,b;for=203.0.113.2"']], '203.0.113.1'],
    ['10.0.0.1', [['Forwarded', 'for=203.0.113.1, for=203.0.113.2;by=10.0.0.1']], '203.0.113.2'],
    [
      '10.0.0.1',
      [
        ['Forwarded', 'for="203.0.113.1, for=203.0.113.2'],
        ['Forwarded', 'for=203.0.113.3'],
      ],
      '203.0.113.3',
    ],
  ])('behind %s with %j leave the client %3$s', (peer, headers, client) => {
    expect(clientOf(headers, peer)).toBe(client);
  });

  it('leave no client where their headers contradict each other', () => {
    const headers: Header[] = [
      ['X-Forwarded-For', '203.0.113.1'],
      ['Forwarded', 'for=203.0.113.2'],
    ];

    expect(clientOf(headers, '10.0.0.1')).toBeUndefined();
    expect(clientOf(headers, '203.0.113.9')).toBe('203.0.113.9');
  });

  it('have the last word whatever the client wrote before', () => {
    const forged = fc.oneof(
      fc.string({ unit: fc.constantFrom('"', ',', ';', '=', ' ', '[', ']', 'for', '1', '.', ':') }),
      fc.string({ unit: 'binary-ascii' }),
      fc.ipV4(),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(forged, (text) => {
        expect(clientOf([['X-Forwarded-For', `${text}, 203.0.113.1`]], '10.0.0.1')).toBe('203.0.113.1');
        expect(clientOf([['Forwarded', `${text}, for="203.0.113.1:80";proto=http`]], '10.0.0.1')).toBe('203.0.113.1');
        expect(clientOf([['X-Forwarded-For', text]], '203.0.113.9')).toBe('203.0.113.9');
      }),
      { numRuns: 500 },
    );
  });

  it.each(['x', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '10.0.0.0/8/8', '::/129', '10.0.0', 'localhost', ''])(
    'cannot be %j',
    (entry) => {
      const { texts, add } = faults();
      new TrustedProxies(['10.0.0.1', entry], add);

      expect(texts).toEqual([expect.stringContaining(JSON.stringify(entry))]);
    },
  );
});
