import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { refuseUpgrade, type UpgradeRefusal } from '../../../src/rpc/upgrade-refusal.js';

/** All that a connection is sent with a refusal. */
async function answer(refusal: UpgradeRefusal): Promise<{ readonly head: string[]; readonly body: string }> {
  const socket = new PassThrough();
  refuseUpgrade(socket, refusal);
  const text = Buffer.concat(await socket.toArray()).toString();
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { head: head.split('\r\n'), body };
}

describe('a refused upgrade', () => {
  it.each<[UpgradeRefusal, string]>([
    [{ status: 400, error: 'Bad request' }, 'HTTP/1.1 400 Bad Request'],
    [{ status: 401, error: 'No token' }, 'HTTP/1.1 401 Unauthorized'],
    [{ status: 403, error: 'Origin not allowed' }, 'HTTP/1.1 403 Forbidden'],
    [{ status: 404, error: 'Not found' }, 'HTTP/1.1 404 Not Found'],
    [{ status: 429, error: 'Too many attempts' }, 'HTTP/1.1 429 Too Many Requests'],
    [{ status: 503, error: 'Service is shutting down' }, 'HTTP/1.1 503 Service Unavailable'],
  ])('%j is a plain HTTP answer with one line of JSON', async (refusal, statusLine) => {
    const { head, body } = await answer(refusal);

    expect(head[0]).toBe(statusLine);
    expect(head).toContain('Connection: close');
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(body).toBe(`{"error":${JSON.stringify(refusal.error)}}\n`);
    expect(head.some((line) => line.startsWith('Retry-After'))).toBe(false);
  });

  it('states when to come again', async () => {
    expect((await answer({ status: 503, error: 'Later', retryAfter: 5 })).head).toContain('Retry-After: 5');
  });

  it('counts the bytes of its body, not the characters', async () => {
    const { head, body } = await answer({ status: 403, error: 'verboten: größer' });

    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(Buffer.byteLength(body)).toBeGreaterThan(body.length);
  });

  it('survives a connection that breaks', () => {
    const socket = new PassThrough();
    refuseUpgrade(socket, { status: 404, error: 'Not found' });

    expect(() => socket.emit('error', new Error('EPIPE'))).not.toThrow();
    expect(socket.destroyed).toBe(true);
  });
});
