import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AllowedOrigins } from '../../../../src/policy/access/allowed-origins.js';
import { faults, request } from './support.js';

const ALLOWED = ['https://app.example', 'http://localhost:3000', 'chrome-extension://abcdef', 'http://[::1]:8080'];

function allows(...origins: string[]): boolean {
  const list = new AllowedOrigins(ALLOWED, () => undefined);
  return list.allows(request(origins.map((origin) => ['Origin', origin])));
}

describe('the allowed origins', () => {
  it.each([...ALLOWED, 'https://app.example:443', 'HTTPS://App.Example'])('allow %s', (origin) => {
    expect(allows(origin)).toBe(true);
  });

  it('allow a request that comes from no page', () => {
    expect(allows()).toBe(true);
  });

  it.each([
    'https://app.example:444',
    'http://app.example:443',
    'chrome-extension://abcdef:1',
    'chrome-extension://abcdefg',
    'http://127.0.0.1:3000',
    'http://[::1]',
    'http://[0:0:0:0:0:0:0:1]:8080',
    'http://localhost:03000:1',
    'http://localhost:99999',
    'https://app.example\t',
    'https://app.exam\tple',
    'https://ａｐｐ.example',
    'https://app。example',
    'https://app.example%00',
    'blob:https://app.example',
  ])('refuse %j', (origin) => {
    expect(allows(origin)).toBe(false);
  });

  it('refuse more than one', () => {
    expect(allows('https://app.example', 'https://app.example')).toBe(false);
  });

  it('know the header by its older name', () => {
    const list = new AllowedOrigins(ALLOWED, () => undefined);
    const by = (origin: string): boolean => list.allows(request([['Sec-WebSocket-Origin', origin]]));

    expect(by('https://app.example')).toBe(true);
    expect(by('https://evil.example')).toBe(false);
  });

  it('refuse whatever is not one of them', () => {
    const near = fc
      .tuple(fc.constantFrom(...ALLOWED), fc.nat(40), fc.string({ minLength: 1, unit: 'binary-ascii' }))
      .map(([origin, at, text]) => origin.slice(0, at) + text + origin.slice(at));
    const known = new Set([...ALLOWED, 'https://app.example:443', 'http://localhost:3000']);
    fc.assert(
      fc.property(fc.oneof(near, fc.webUrl(), fc.string()), (origin) => {
        // Zeros before a port and the case of letters make no other origin.
        const plain = origin.toLowerCase().replace(/:0+(?=\d)/, ':');
        fc.pre(!known.has(plain));

        expect(allows(origin)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '*',
    'null',
    '',
    'https://',
    'app.example',
    'https://app.example/',
    'https://u@app.example',
    'https://*.example',
  ])('cannot be %j', (entry) => {
    const { texts, add } = faults();
    new AllowedOrigins([...ALLOWED, entry], add);

    expect(texts).toEqual([expect.stringContaining(JSON.stringify(entry))]);
  });
});
