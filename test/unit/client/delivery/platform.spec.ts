import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { outputBytes } from '../../../../src/client/delivery/output-bytes.js';
import { sha256 } from '../../../../src/client/delivery/sha256.js';

const { Buffer: NodeBuffer } = globalThis;
const { getBuiltinModule } = process;

afterEach(() => {
  Object.assign(globalThis, { Buffer: NodeBuffer });
  Object.assign(process, { getBuiltinModule });
});

describe.each([
  ['in Node', () => undefined],
  [
    'elsewhere',
    () => {
      Object.assign(globalThis, { Buffer: undefined });
      Object.assign(process, { getBuiltinModule: undefined });
    },
  ],
])('%s', (_, change) => {
  it('base64 becomes the bytes it stands for, and their digest is the SHA-256', () => {
    const expected = fc.sample(fc.uint8Array({ maxLength: 300 }), 50).map((bytes) => ({
      bytes: [...bytes],
      base64: NodeBuffer.from(bytes).toString('base64'),
      hex: createHash('sha256').update(bytes).digest('hex'),
    }));
    change();
    for (const { bytes, base64, hex } of expected) {
      const decoded = outputBytes(base64, 'base64');
      const digest = sha256();
      digest.update(decoded.subarray(0, 7));
      digest.update(decoded.subarray(7));

      expect([...decoded]).toEqual(bytes);
      expect(digest.hex()).toBe(hex);
    }
  });
});
