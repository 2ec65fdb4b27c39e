import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IpAddress } from '../../../../src/policy/access/ip-address.js';

describe('an IP address', () => {
  it.each([
    ['203.0.113.1', '203.0.113.1', '203.0.113.1'],
    ['::ffff:203.0.113.1', '203.0.113.1', '203.0.113.1'],
    ['::FFFF:cb00:7101', '203.0.113.1', '203.0.113.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::1', 'fe80:0:0:0::/64'],
    ['::', '::', '0:0:0:0::/64'],
    ['::1', '::1', '0:0:0:0::/64'],
    ['1::', '1::', '1:0:0:0::/64'],
    ['::1.2.3.4', '::102:304', '0:0:0:0::/64'],
  ])('%s is %s of the network %s', (text, canonical, network) => {
    const address = IpAddress.parse(text);

    expect(address?.text).toBe(canonical);
    expect(address?.network).toBe(network);
  });

  it.each(['', 'localhost', '127.1', '0127.0.0.1', '1.2.3.4.5', '256.0.0.1', '1.2.3.4:80', '[::1]', '::1:::', ' ::1'])(
    '%j is none',
    (text) => {
      expect(IpAddress.parse(text)).toBeNull();
    },
  );

  it.each([
    ['127.0.0.1', true],
    ['127.255.0.3', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['128.0.0.1', false],
    ['0.0.0.0', false],
    ['::', false],
    ['::127.0.0.1', false],
    ['12.7.0.1', false],
  ])('%s is a loopback one: %j', (text, isLoopback) => {
    expect(IpAddress.parse(text)?.isLoopback).toBe(isLoopback);
  });

  it('is the same however it is written', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), (groups) => {
        const long = groups.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':');
        const short = groups.map((group) => group.toString(16)).join(':');
        const address = IpAddress.parse(long);

        expect(IpAddress.parse(short)).toEqual(address);
        expect(IpAddress.parse(address?.text ?? '')).toEqual(address);
        if (address?.family === 'ipv6')
          expect(address.network).toBe(
            `${groups
              .slice(0, 4)
              .map((group) => group.toString(16))
              .join(':')}::/64`,
          );
      }),
    );
  });
});
