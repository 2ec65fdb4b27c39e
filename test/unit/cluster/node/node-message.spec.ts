import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  MAX_MESSAGE_BYTES,
  type NodeMessage,
  openMessage,
  sealMessage,
} from '../../../../src/cluster/node/node-message.js';

const SECRET = 'a-secret-of-the-cluster';

function message(changes: Partial<Record<keyof NodeMessage, unknown>> = {}): NodeMessage {
  return {
    id: randomUUID(),
    from: randomUUID(),
    to: randomUUID(),
    by: 1,
    kind: 'ask',
    topic: 'status',
    body: { a: ['ü'] },
    ...changes,
  } as NodeMessage;
}

function sealed(given: NodeMessage, secret: string | null): Buffer {
  return Buffer.from(sealMessage(given, secret) ?? '');
}

describe('a message between services', () => {
  it.each([null, SECRET])('arrives as it was sent, with the secret %s', (secret) => {
    const given = message();

    expect(openMessage(sealed(given, secret), secret)).toEqual(given);
  });

  it.each([
    ['signed with another secret', SECRET, 'another-secret-of-them'],
    ['not signed where it should be', null, SECRET],
    ['signed where nothing is asked for', SECRET, null],
  ])('is none where it is %s', (_how, by, expected) => {
    expect(openMessage(sealed(message(), by), expected)).toBeNull();
  });

  it('is none where one byte was changed', () => {
    const bytes = sealed(message(), SECRET);
    for (const at of [0, 20, 44, bytes.length - 3]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      expect(openMessage(changed, SECRET)).toBeNull();
    }
  });

  it.each([
    ['id', 'x'],
    ['from', null],
    ['to', 7],
    ['by', 'soon'],
    ['kind', 'shout'],
    ['topic', 'No Topic'],
    ['topic', 5],
  ])('is none where its %s is %p', (field, value) => {
    expect(openMessage(sealed(message({ [field]: value }), null), null)).toBeNull();
  });

  it.each(['', '\n', '-\n', '-\n[]', '-\nnull', '-\n{', 'x'])('is none of %p', (text) => {
    expect(openMessage(Buffer.from(text), null)).toBeNull();
  });

  it('is not sent where it is too large', () => {
    expect(sealMessage(message({ body: 'a'.repeat(MAX_MESSAGE_BYTES) }), null)).toBeNull();
  });
});
