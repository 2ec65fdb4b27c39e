import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import createAssembler from 'wabt';
import { ESCAPE_SOURCE_BYTES, escapeJson, JSON_ESCAPE_MODULE } from '../../../src/rpc/json-escape.js';
import { hostileText } from '../support/hostile-bytes.js';

const SOURCE = new URL('../../../src/rpc/json-escape.wat', import.meta.url);

function escaped(source: Uint8Array): string {
  return Buffer.from(escapeJson(source)).toString('latin1');
}

describe('the assembly', () => {
  it('is that of the source beside it', async () => {
    const assembler = await createAssembler();
    const module = assembler.parseWat('json-escape.wat', readFileSync(SOURCE, 'utf8'), { simd: true });
    try {
      const { buffer } = module.toBinary({});
      expect(Buffer.from(buffer).toString('base64')).toBe(JSON_ESCAPE_MODULE);
    } finally {
      module.destroy();
    }
  });
});

describe('an escaped string', () => {
  it.each(Array.from({ length: 256 }, (_, byte) => byte))(
    'has byte %d as JSON.stringify has it, wherever it stands',
    (byte) => {
      const expected = byte < 128 ? JSON.stringify(String.fromCharCode(byte)).slice(1, -1) : String.fromCharCode(byte);

      const wrong: string[] = [];
      for (let before = 0; before <= 33; before++) {
        for (const after of [0, 1, 17]) {
          const source = Buffer.concat([Buffer.alloc(before, 'a'), Buffer.from([byte]), Buffer.alloc(after, 'b')]);
          const result = escaped(source);
          if (result !== 'a'.repeat(before) + expected + 'b'.repeat(after)) wrong.push(result);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it('is empty where the source is', () => {
    expect(escaped(Buffer.alloc(0))).toBe('');
  });

  it('ends with its source, whatever an earlier one left behind', () => {
    escapeJson(Buffer.alloc(ESCAPE_SOURCE_BYTES, '"'));

    expect(escaped(Buffer.from('abc'))).toBe('abc');
    expect(escaped(Buffer.alloc(16, 'a'))).toBe('a'.repeat(16));
  });

  it.each([1, 0x22, 0x5c, 0x61, 0xff])('may be of as many bytes %d as a call takes', (byte) => {
    const one = escaped(Buffer.from([byte]));

    expect(escaped(Buffer.alloc(ESCAPE_SOURCE_BYTES, byte))).toBe(one.repeat(ESCAPE_SOURCE_BYTES));
  });

  it('reads back any text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(JSON.parse(`"${Buffer.from(escapeJson(text)).toString()}"`)).toBe(text.toString());
      }),
      { numRuns: 500 },
    );
  });
});
