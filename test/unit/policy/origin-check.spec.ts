import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { isOriginAllowed } from '../../../src/policy/origin-check.js';

function request(origin: string | undefined): IncomingMessage {
  return { headers: { origin } } as IncomingMessage;
}

describe('an origin', () => {
  const allowed = ['https://app.example', 'http://localhost:3000'];

  it.each(['https://app.example', 'http://localhost:3000', undefined])('of %j is allowed', (origin) => {
    expect(isOriginAllowed(request(origin), allowed)).toBe(true);
  });

  it.each([
    'https://evil.example',
    'http://app.example',
    'https://app.example:444',
    'https://app.example.evil.example',
    'https://sub.app.example',
    'https://app.example/',
    'HTTPS://APP.EXAMPLE',
    'null',
    '',
    '*',
  ])('of %j is not', (origin) => {
    expect(isOriginAllowed(request(origin), allowed)).toBe(false);
  });

  it('of a page is never allowed where none is named', () => {
    expect(isOriginAllowed(request('http://127.0.0.1:8003'), [])).toBe(false);
    expect(isOriginAllowed(request(undefined), [])).toBe(true);
  });
});
