import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import createAssembler from 'wabt';
import { MAX_SCAN_BYTES, WINDOW_SCAN_MODULE, WindowScan } from '../../../src/detector/window-scan.js';

const SOURCE = new URL('../../../src/detector/window-scan.wat', import.meta.url);

function scanFor(...texts: readonly string[]): WindowScan {
  return new WindowScan(texts.map((text) => Buffer.from(text)));
}

function mayHave(scan: WindowScan, bytes: string): boolean {
  return scan.mayHave(Buffer.from(bytes), 0, bytes.length);
}

describe('the assembly', () => {
  it('is that of the source beside it', async () => {
    const assembler = await createAssembler();
    const module = assembler.parseWat('window-scan.wat', readFileSync(SOURCE, 'utf8'));
    try {
      const { buffer } = module.toBinary({});
      expect(Buffer.from(buffer).toString('base64')).toBe(WINDOW_SCAN_MODULE);
    } finally {
      module.destroy();
    }
  });
});

describe('bytes', () => {
  const text = fc.stringMatching(/^[a-d]{4,20}$/);
  const texts = fc.array(text, { minLength: 1, maxLength: 5 });
  const part = fc.stringMatching(/^[a-dA-Dx]{1,9}$/);
  const isThere = (wanted: readonly string[], bytes: string): boolean =>
    wanted.some((each) => bytes.toLowerCase().includes(each));

  it('may have a text wherever one is', () => {
    const parts = fc.array(fc.tuple(part, fc.integer({ min: 1, max: 900 })), { maxLength: 6 });
    fc.assert(
      fc.property(texts, parts, (wanted, each) => {
        const bytes = each.map(([repeated, times]) => repeated.repeat(times)).join('');
        if (isThere(wanted, bytes)) expect(mayHave(scanFor(...wanted), bytes)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('have no text where few windows are like one of its', () => {
    fc.assert(
      fc.property(texts, fc.array(part, { maxLength: 6 }), (wanted, parts) => {
        const bytes = parts.join('');
        expect(mayHave(scanFor(...wanted), bytes)).toBe(isThere(wanted, bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('may have a text at any place, also at their ends', () => {
    const scan = scanFor('task complete', 'http 429');
    const wrong: number[] = [];
    for (const length of [13, 100, 511, 512, 527, 528, 1031]) {
      for (let at = 0; at + 13 <= length; at++) {
        const bytes = Buffer.alloc(length, 'q');
        bytes.write('Task Complete', at);
        if (!scan.mayHave(bytes, 0, length)) wrong.push(at);
        if (scan.mayHave(bytes, at + 1, length)) wrong.push(at);
        if (scan.mayHave(bytes, 0, at + 12)) wrong.push(at);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('may be more than one look takes', () => {
    const scan = scanFor('task complete');
    const length = 2 * MAX_SCAN_BYTES + 100;
    const places = Array.from({ length: 30 }, (_, index) => MAX_SCAN_BYTES - 20 + index);
    const missed = [0, ...places, 2 * MAX_SCAN_BYTES - 13, length - 13].filter((at) => {
      const bytes = Buffer.alloc(length, ' ');
      bytes.write('task complete', at);
      return !scan.mayHave(bytes, 0, length);
    });

    expect(missed).toEqual([]);
    expect(scan.mayHave(Buffer.alloc(length, 'e'), 0, length)).toBe(false);
  });

  it('may be such that one window goes much faster than another, also over the same ones', () => {
    // "ba" stops a window, "cb" brings it to "ba"; one at "ac" goes from "ac" to "ac", fifteen bytes on.
    const scan = scanFor(`ba${'x'.repeat(14)}`, `xxcb${'x'.repeat(12)}`);
    const length = MAX_SCAN_BYTES - 1;
    const partLength = (length - 15) >> 3;
    for (const others of [0, 1, 2]) {
      for (const last of [0, 1, 2]) {
        const bytes = Buffer.from('cba'.repeat(MAX_SCAN_BYTES)).subarray(others, others + length);
        bytes.set(Buffer.from('cba'.repeat(partLength)).subarray(last, last + partLength), length - partLength);
        expect(scan.mayHave(bytes, 0, length)).toBe(false);
      }
    }
  });

  it('have nothing before them', () => {
    const scan = scanFor('\0\0\0\0');
    const counts = [4, 5, 600, 700].map(
      (length) =>
        [...Array(length).keys()].filter((at) => {
          const bytes = Buffer.alloc(length, 'x');
          return scan.mayHave(bytes.fill(0, 0, Math.min(3, at)), 0, length);
        }).length,
    );

    expect(counts).toEqual([0, 0, 0, 0]);
  });

  it('that were looked at before are none of those', () => {
    const scan = scanFor('task complete');
    const before = 'task complete '.repeat(5000);
    const after = 'c'.repeat(1024);

    expect(mayHave(scan, before)).toBe(true);
    expect(mayHave(scan, after)).toBe(false);
    expect(mayHave(scan, `${after}task complet`)).toBe(false);
  });

  it('are looked at for the texts of each by turns', () => {
    const [one, other] = [scanFor('task complete'), scanFor('http 429')];
    const bytes = `${'.'.repeat(1024)}http 429`;

    expect([one, other, one, other].map((scan) => mayHave(scan, bytes))).toEqual([false, true, false, true]);
  });
});
