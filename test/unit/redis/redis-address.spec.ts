import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redisAddress } from '../../../src/redis/redis-address.js';

describe('an address of Redis', () => {
  it.each<[string, string, object]>([
    ['redis://h', 'h:6379', { host: 'h', port: 6379 }],
    ['redis://', '127.0.0.1:6379', { host: '127.0.0.1', port: 6379 }],
    ['redis://:6380', '', {}],
    ['redis://h:6380/', 'h:6380', { host: 'h', port: 6380 }],
    ['redis://h/2', 'h:6379', { host: 'h', port: 6379, db: 2 }],
    ['redis://[::1]:7000', '[::1]:7000', { host: '::1', port: 7000 }],
    ['redis://:secret@h', 'h:6379', { host: 'h', port: 6379, password: 'secret' }],
    ['redis://me:s%40cret@h', 'h:6379', { host: 'h', port: 6379, username: 'me', password: 's@cret' }],
    ['redis://me:100%@h', 'h:6379', { host: 'h', port: 6379, username: 'me', password: '100%' }],
    ['rediss://h', 'h:6379', { host: 'h', port: 6379, tls: {} }],
    ['redis://h?enableOfflineQueue=true', 'h:6379', { host: 'h', port: 6379 }],
    ['/run/redis.sock', '/run/redis.sock', { path: '/run/redis.sock' }],
  ])('%s', (url, label, options) => {
    expect(redisAddress(url)).toEqual(label === '' ? null : { label, options });
  });

  it.each(['', 'h:6379', 'http://h', 'redis://h:99999', 'redis://h/db', 'redis://h/1/2', 'redis://[::1'])(
    'is not %j',
    (url) => {
      expect(redisAddress(url)).toBeNull();
    },
  );

  it('never shows a password where it is named, and is never an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, password) => {
        redisAddress(text);
        const address = redisAddress(`redis://user:${encodeURIComponent(`secret-${password}`)}@host`);
        expect(address).toMatchObject({ label: 'host:6379', options: { password: `secret-${password}` } });
      }),
    );
  });
});
