import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteStore, type KeptBytes } from '../../../../src/stream/log/byte-store.js';

describe('a store of bytes', () => {
  it.each([0, 1, 8192, 65_536, 65_537, 73_728, 73_729, 1_000_000])('keeps a copy of %d bytes', (length) => {
    const store = new ByteStore();
    for (let times = 0; times < 3; times++) {
      const source = Buffer.alloc(length, 'a');
      const { bytes } = store.keep(source);
      source.fill('b');

      expect(bytes.equals(Buffer.alloc(length, 'a'))).toBe(true);
    }
  });

  it('takes no segment for little', () => {
    const store = new ByteStore();
    const kept = Array.from({ length: 64 }, () => store.keep(Buffer.alloc(1024)));

    expect(kept.every(({ segment }) => segment === null)).toBe(true);
    expect(store.keep(Buffer.alloc(1)).segment).not.toBeNull();
  });

  it('puts what is small into one segment', () => {
    const store = new ByteStore();
    store.keep(Buffer.alloc(65_536));
    const kept = Array.from({ length: 72 }, () => store.keep(Buffer.alloc(1024)).segment);

    expect(new Set(kept).size).toBe(1);
    expect(store.keep(Buffer.alloc(1)).segment).not.toBe(kept[0]);
  });

  it('uses the memory of what was given back for what comes', () => {
    const store = new ByteStore();
    const source = Buffer.alloc(60_000);
    store.keep(Buffer.alloc(65_536));
    const memories = new Set<Buffer>();
    const kept: KeptBytes[] = [];
    for (let count = 0; count < 1000; count++) {
      kept.push(store.keep(source));
      memories.add(kept.at(-1)!.segment!.memory);
      if (kept.length > 10) store.giveBack(kept.shift()!.segment!);
    }

    expect(memories.size).toBeLessThan(20);
  });

  it('never writes over what is kept, whatever is given back in the order it came, beside another store', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.nat(80_000) },
      { weight: 2, arbitrary: fc.constant('give' as const) },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), step), { maxLength: 150 }), (steps) => {
        const rooms = [0, 1].map(() => ({ store: new ByteStore(), kept: [] as (KeptBytes & { fill: number })[] }));
        let fill = 0;
        for (const [which, each] of steps) {
          const { store, kept } = rooms[Number(which)]!;
          if (each === 'give') {
            const segment = kept.shift()?.segment;
            if (segment != null) store.giveBack(segment);
          } else {
            fill = (fill % 255) + 1;
            kept.push({ ...store.keep(Buffer.alloc(each, fill)), fill });
          }
        }
        for (const { kept } of rooms)
          for (const { bytes, fill: expected } of kept) expect(bytes.every((byte) => byte === expected)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
