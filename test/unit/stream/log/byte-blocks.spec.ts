import { describe, expect, it } from '@jest/globals';
import { giveBlock, keepBytes } from '../../../../src/stream/log/byte-blocks.js';

describe('kept bytes', () => {
  it.each([0, 1, 8191, 8192, 8193, 65_535, 65_536, 65_537, 73_728, 73_729, 1_000_000])(
    'are a copy, of %d bytes',
    (length) => {
      const source = Buffer.alloc(length, 'a');
      const { bytes } = keepBytes(source);
      source.fill('b');

      expect(bytes.equals(Buffer.alloc(length, 'a'))).toBe(true);
    },
  );

  it('are in a block that is used again once it was given back, and not before', () => {
    const source = Buffer.alloc(60_000, 'a');
    const first = keepBytes(source);
    const second = keepBytes(source);
    expect(second.block).not.toBe(first.block);
    giveBlock(first.block!);

    expect(keepBytes(source).block).toBe(first.block);
  });

  it('take little more than their length', () => {
    for (let length = 8193; length <= 73_728; length += 1000)
      expect(keepBytes(Buffer.alloc(length)).block!.length).toBeLessThan(length + 8192);
  });
});
