import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FrameBlock } from '../../../src/rpc/frame-block.js';
import { hostileBytes, hostileText } from '../support/hostile-bytes.js';
import { webSocketFrames } from '../support/web-socket-frames.js';

/** The payloads of the frames that `build` makes. */
function built(build: (block: FrameBlock) => void): Buffer[] {
  const block = new FrameBlock();
  build(block);
  const frames = webSocketFrames(Buffer.from(block.bytes));
  block.release();
  for (const { opcode } of frames) expect(opcode).toBe(1);
  return frames.map(({ payload }) => payload);
}

function oneFrame(fill: (block: FrameBlock) => void): Buffer {
  const [payload, ...more] = built((block) => {
    block.begin();
    fill(block);
    block.end();
  });
  expect(more).toEqual([]);
  return payload!;
}

describe('a frame', () => {
  it.each([0, 1, 125, 126, 127, 65_534, 65_535, 65_536, 65_537, 131_072, 196_608, 300_000])(
    'carries a payload of %d bytes',
    (length) => {
      const payload = Buffer.alloc(length, 'abcdefghijklmnopqrstuvwxyz0123456789');

      expect(
        oneFrame((block) => {
          block.append(payload);
        }).equals(payload),
      ).toBe(true);
    },
  );

  it('is put together from what is appended, in order', () => {
    const payload = oneFrame((block) => {
      block.appendAscii('{"n":');
      block.appendInteger(42);
      block.append(Buffer.from(',"é":"'));
      const source = Buffer.from('x"y"z');
      block.appendEscaped(source, 1, 4);
      block.appendAscii('"}');
    });

    expect(payload.toString()).toBe('{"n":42,"é":"\\"y\\""}');
  });

  it.each([
    [10, 200],
    [125, 126],
    [126, 125],
    [65_535, 65_536],
    [65_536, 1],
    [300_000, 0],
  ])('of %d bytes does not disturb one of %d bytes behind it', (first, second) => {
    const payloads = [Buffer.alloc(first, 'a'), Buffer.alloc(second, 'b'), Buffer.alloc(first, 'c')];

    const frames = built((block) => {
      for (const payload of payloads) {
        block.begin();
        block.append(payload);
        block.end();
      }
    });

    expect(frames.length).toBe(3);
    frames.forEach((frame, index) => {
      expect(frame.equals(payloads[index]!)).toBe(true);
    });
  });

  it('comes back as it was built, whatever the sizes', () => {
    const sizes = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 65_500, max: 65_600 }),
        fc.integer({ min: 0, max: 200_000 }),
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(sizes, (lengths) => {
        const payloads = lengths.map((length, index) => Buffer.alloc(length, `${index}-`));
        const frames = built((block) => {
          for (const payload of payloads) {
            block.begin();
            block.append(payload);
            block.end();
          }
        });
        expect(Buffer.concat(frames).equals(Buffer.concat(payloads))).toBe(true);
        expect(frames.map(({ length }) => length)).toEqual(lengths);
      }),
      { numRuns: 60 },
    );
  });
});

describe('an escaped string', () => {
  function escaped(source: Uint8Array, start = 0, end = source.length): string {
    return oneFrame((block) => {
      block.appendEscaped(source, start, end);
    }).toString();
  }

  it.each(Array.from({ length: 128 }, (_, byte) => byte))('reads back byte %d', (byte) => {
    const text = `<${String.fromCharCode(byte)}>`;

    expect(JSON.parse(`"${escaped(Buffer.from(text))}"`)).toBe(text);
  });

  it('is escaped as JSON.stringify does it', () => {
    const all = Buffer.from(Array.from({ length: 128 }, (_, byte) => byte));

    expect(`"${escaped(all)}"`).toBe(JSON.stringify(all.toString()));
  });

  it('leaves every byte from 128 up as it is', () => {
    const high = Buffer.from(Array.from({ length: 128 }, (_, byte) => byte + 128));

    expect(
      oneFrame((block) => {
        block.appendEscaped(high, 0, 128);
      }).equals(high),
    ).toBe(true);
  });

  it('reads back any text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(JSON.parse(`"${escaped(text)}"`)).toBe(text.toString());
      }),
    );
  });

  it('may begin and end anywhere in its source', () => {
    fc.assert(
      fc.property(hostileBytes, fc.nat(30), fc.nat(30), (bytes, from, to) => {
        const [start, end] = [Math.min(from, to, bytes.length), Math.min(Math.max(from, to), bytes.length)];
        expect(escaped(bytes, start, end)).toBe(escaped(Buffer.from(bytes.subarray(start, end))));
      }),
    );
  });

  it.each([2047, 2048, 2049, 40_000, 100_000])('of %d bytes that all need six reads back', (length) => {
    const source = Buffer.alloc(length, 1);

    expect(escaped(source)).toBe('\\u0001'.repeat(length));
  });
});

describe('an integer', () => {
  const powers = [0, 1, 2, 3, 8, 9, 10, 15, 16]
    .flatMap((exponent) => [10 ** exponent - 1, 10 ** exponent])
    .filter((value) => value <= Number.MAX_SAFE_INTEGER);

  it.each([...powers, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 53])(
    'of %d is written in decimal',
    (value) => {
      expect(
        oneFrame((block) => {
          block.appendInteger(value);
        }).toString(),
      ).toBe(String(value));
    },
  );

  it('is written in decimal, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.maxSafeNat(), fc.nat(2000)), (value) => {
        expect(
          oneFrame((block) => {
            block.appendInteger(value);
          }).toString(),
        ).toBe(String(value));
      }),
    );
  });
});

describe('a block', () => {
  it('is empty until a frame is built', () => {
    const block = new FrameBlock();

    expect(block.isEmpty).toBe(true);
    expect(block.bytes).toHaveLength(0);
    block.begin();
    block.end();
    expect(block.isEmpty).toBe(false);
    expect([...block.bytes]).toEqual([0x81, 0]);
  });

  it('is full from 128 KiB on', () => {
    const block = new FrameBlock();
    block.begin();
    block.append(Buffer.alloc(131_071 - 10));
    block.end();
    expect(block.isFull).toBe(false);

    block.begin();
    block.end();
    expect(block.isFull).toBe(true);
  });

  it('starts empty after another was released', () => {
    const first = new FrameBlock();
    first.begin();
    first.appendAscii('secret');
    first.end();
    first.release();

    const second = new FrameBlock();
    second.begin();
    second.appendAscii('b');
    second.end();
    expect(second.bytes.toString('latin1')).toBe('\x81\x01b');
  });

  it('never shares its bytes with another that is in use', () => {
    const blocks = Array.from({ length: 40 }, (_, index) => {
      const block = new FrameBlock();
      block.begin();
      block.append(Buffer.alloc(index % 4 === 0 ? 250_000 : 1000, `${index};`));
      block.end();
      if (index % 3 === 0) block.release();
      return { block, index };
    });

    for (const { block, index } of blocks) {
      if (index % 3 === 0) continue;
      const [frame] = webSocketFrames(Buffer.from(block.bytes));
      expect(frame!.payload.equals(Buffer.alloc(frame!.payload.length, `${index};`))).toBe(true);
    }
  });
});
