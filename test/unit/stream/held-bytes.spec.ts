import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HeldBytes } from '../../../src/stream/held-bytes.js';

describe('held bytes', () => {
  it('are none at first', () => {
    const held = new HeldBytes();

    expect(held.length).toBe(0);
    expect(held.take()).toHaveLength(0);
  });

  it('are what was appended, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 12 }), (parts) => {
        const held = new HeldBytes();
        for (const part of parts) held.append(Buffer.from(part));
        const all = Buffer.concat(parts);
        expect(held.length).toBe(all.length);
        expect(held.take().equals(all)).toBe(true);
        expect(held.length).toBe(0);
      }),
    );
  });

  it('are copies: what they were copied from may change', () => {
    const held = new HeldBytes();
    const source = Buffer.from('abc');
    held.append(source);
    source.fill('x');

    expect(held.take().toString()).toBe('abc');
  });

  it('that were taken do not change with what is held next', () => {
    const held = new HeldBytes();
    held.append(Buffer.from('first'));
    const taken = held.take();
    held.append(Buffer.from('other'));

    expect(taken.toString()).toBe('first');
    expect(held.take().toString()).toBe('other');
  });

  it('of many small reads cost what few large ones do', () => {
    const held = new HeldBytes();
    const byte = Buffer.from('x');
    for (let count = 0; count < 300_000; count++) held.append(byte);
    const taken = held.take();

    expect(taken.length).toBe(300_000);
    expect(taken.buffer.byteLength).toBeLessThan(2 * 300_000);
  });
});
