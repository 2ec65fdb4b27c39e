import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AccessConfig } from '../../../../src/config/access-config.js';
import { Doorkeeper } from '../../../../src/policy/access/doorkeeper.js';
import { type Header, request } from './support.js';

const TOKEN = 'a-token-of-24-characters';
const OPEN: AccessConfig = {
  tokenSha256: null,
  tokensFile: null,
  maxFailuresPerMinute: 2,
  allowedOrigins: [],
  allowedHosts: [],
  trustedProxies: [],
};
const CLOSED: AccessConfig = { ...OPEN, tokenSha256: createHash('sha256').update(TOKEN).digest('hex') };
const HOST: Header = ['Host', 'localhost'];
const BEARER: Header = ['Authorization', `Bearer ${TOKEN}`];

function open(config: AccessConfig, host = '127.0.0.1'): Promise<Doorkeeper> {
  return Doorkeeper.open(config, host, new AbortController().signal);
}

describe('the doorkeeper', () => {
  it('knows who came with the token, and from where', async () => {
    const doorkeeper = await open(CLOSED, '0.0.0.0');

    const decision = await doorkeeper.admit(request([HOST, BEARER], { remoteAddress: '::ffff:203.0.113.1' }));

    expect(decision).toEqual({
      identity: { tokenName: 'default', role: 'controller', group: 'default', address: '203.0.113.1' },
    });
    expect(doorkeeper.needsToken).toBe(true);
  });

  it.each(['127.0.0.1', '127.4.5.6', '::1', '::ffff:127.0.0.1'])(
    'lets in %s of this machine where there is no token',
    async (remoteAddress) => {
      const doorkeeper = await open(OPEN);

      expect(await doorkeeper.admit(request([HOST], { remoteAddress }))).toEqual({
        identity: { tokenName: null, role: 'controller', group: null, address: remoteAddress.replace('::ffff:', '') },
      });
      expect(doorkeeper.needsToken).toBe(false);
    },
  );

  it.each(['10.0.0.1', '2001:db8::1', '::ffff:203.0.113.1'])(
    'lets in no other machine (%s) where there is no token, wherever the service listens',
    async (remoteAddress) => {
      const doorkeeper = await open(OPEN);

      expect(await doorkeeper.admit(request([HOST], { remoteAddress }))).toMatchObject({ refusal: { status: 403 } });
    },
  );

  it.each(['localhost', 'LOCALHOST', '127.0.0.2', '::1'])('needs no token to listen on %s', async (host) => {
    expect((await open(OPEN, host)).needsToken).toBe(false);
  });

  it.each(['0.0.0.0', '::', '', '127.0.0.1.evil.com', 'localhost.localdomain', '10.0.0.1', '127.1'])(
    'needs a token to listen on %j',
    async (host) => {
      await expect(open(OPEN, host)).rejects.toMatchObject({ faults: [expect.stringContaining('HOST: ')] });
      expect((await open(CLOSED, host)).needsToken).toBe(true);
    },
  );

  it('names every fault of its configuration at once', async () => {
    const faulty = { ...OPEN, allowedHosts: ['*'], allowedOrigins: ['*', 'null'], trustedProxies: ['x'] };

    await expect(open({ ...faulty, tokensFile: '/nowhere/tokens' }, '::')).rejects.toMatchObject({
      name: 'ConfigError',
      faults: ['ALLOWED_HOSTS', 'ALLOWED_ORIGINS', 'ALLOWED_ORIGINS', 'TRUSTED_PROXIES', 'AUTH_TOKENS_FILE'].map(
        (name) => expect.stringContaining(`${name}: `),
      ),
    });
  });

  it.each<[string, Header[], string]>([
    ['a foreign Host', [['Host', 'evil.com']], '/ws/mcp'],
    ['a foreign Origin', [HOST, ['Origin', 'http://evil.com']], '/ws/mcp'],
    ['a token in the query', [HOST], '/ws/mcp?token=x'],
  ])('counts no failure for %s', async (_, headers, url) => {
    const doorkeeper = await open(CLOSED);
    for (let attempt = 1; attempt <= 5; attempt += 1) await doorkeeper.admit(request(headers, { url }));

    expect(await doorkeeper.admit(request([HOST, BEARER]))).toHaveProperty('identity');
  });

  it.each<[number, string, Header[]]>([
    [401, 'no token', []],
    [401, 'a wrong one', [['Authorization', 'Bearer wrong']]],
    [400, 'two', [BEARER, ['Sec-WebSocket-Protocol', `bearer.${TOKEN}`]]],
  ])('answers %i to %s', async (status, _, headers) => {
    const doorkeeper = await open(CLOSED);

    expect(await doorkeeper.admit(request([HOST, ...headers]))).toMatchObject({ refusal: { status } });
  });

  it('counts no failure for a right token', async () => {
    const doorkeeper = await open(CLOSED);
    for (let attempt = 1; attempt <= 5; attempt += 1)
      expect(await doorkeeper.admit(request([HOST, BEARER]))).toHaveProperty('identity');
  });

  it('refuses a right token that comes after too many wrong ones', async () => {
    const doorkeeper = await open(CLOSED);
    for (let attempt = 1; attempt <= 2; attempt += 1)
      expect(await doorkeeper.admit(request([HOST]))).toMatchObject({ refusal: { status: 401 } });

    expect(await doorkeeper.admit(request([HOST, BEARER]))).toMatchObject({ refusal: { status: 429, retryAfter: 60 } });
  });

  it('goes on admitting whom it let in while nothing changes', async () => {
    const doorkeeper = await open(CLOSED);
    const decision = await doorkeeper.admit(request([HOST, BEARER]));

    expect('identity' in decision && doorkeeper.stillAdmits(decision.identity)).toBe(true);
  });

  it('refuses a connection that is already gone', async () => {
    const doorkeeper = await open(OPEN);

    expect(await doorkeeper.admit(request([HOST], { remoteAddress: '' }))).toMatchObject({ refusal: { status: 400 } });
  });
});
