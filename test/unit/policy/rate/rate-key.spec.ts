import { describe, expect, it } from '@jest/globals';
import { rateKey } from '../../../../src/policy/rate/rate-key.js';

describe('the doings of a client', () => {
  it.each([
    ['127.0.0.1', 'address:127.0.0.1'],
    ['::ffff:127.0.0.1', 'address:127.0.0.1'],
    ['::FFFF:10.1.2.3', 'address:10.1.2.3'],
    ['::1', 'address:0:0:0:0'],
    ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2'],
    ['2001:0DB8:0001:0002::9', 'address:2001:db8:1:2'],
    ['2001:db8::', 'address:2001:db8:0:0'],
    ['2001:db8::1:2:3:4:5', 'address:2001:db8:0:1'],
    ['fe80::1%eth0', 'address:fe80:0:0:0'],
    ['64:ff9b::1.2.3.4', 'address:64:ff9b:0:0'],
    ['', 'address:'],
  ])('from %s without a token count for %s', (address, key) => {
    expect(rateKey({ tokenName: null, address })).toBe(key);
  });

  it('with a token count for the token, wherever it is', () => {
    expect(rateKey({ tokenName: 'ci', address: '127.0.0.1' })).toBe('token:ci');
    expect(rateKey({ tokenName: 'ci', address: '::1' })).toBe('token:ci');
  });

  it('with a token that is named like an address do not count for the address', () => {
    expect(rateKey({ tokenName: '127.0.0.1', address: '::1' })).not.toBe(
      rateKey({ tokenName: null, address: '127.0.0.1' }),
    );
  });
});
