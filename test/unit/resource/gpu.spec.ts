import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BoundedLines } from '../../../src/resource/bounded-lines.js';
import { GpuRound } from '../../../src/resource/gpu-round.js';
import { gpuRow } from '../../../src/resource/gpu-row.js';

describe('a row of nvidia-smi', () => {
  it.each([
    ['45, 1000, 4000', 45, 25],
    ['0, 0, 4000', 0, 0],
    ['100,4000,4000\r', 100, 100],
    ['[N/A], 10, 40', null, 25],
    ['7, [N/A], [N/A]', 7, null],
    ['[Not Supported], [Unknown Error], 40', null, null],
    ['N/A, ERR!, 40', null, null],
    ['250, 90, 40', 100, 100],
    ['5, 1, 0', 5, null],
  ])('%j tells %p %% and %p %% of memory', (line, gpuPercent, gpuMemoryPercent) => {
    expect(gpuRow(line)).toEqual({ gpuPercent, gpuMemoryPercent });
  });

  it.each([
    '',
    'No devices were found',
    '45',
    '45, 1000',
    '45, 1000, 4000, 1',
    '-5, 1, 2',
    'a, b, c',
    ',,',
    '1e2, 1, 2',
  ])('is not %j', (line) => {
    expect(gpuRow(line)).toBeNull();
  });

  it('has percents from 0 to 100, or none, whatever the line', () => {
    const field = fc.oneof(fc.string(), fc.nat().map(String), fc.constant('[N/A]'));
    fc.assert(
      fc.property(fc.array(field, { minLength: 2, maxLength: 4 }), (fields) => {
        for (const value of Object.values(gpuRow(fields.join(', ')) ?? {}) as (number | null)[])
          expect(value === null || (value >= 0 && value <= 100)).toBe(true);
      }),
    );
  });
});

describe('a round of GPUs', () => {
  const row = (gpuPercent: number | null, gpuMemoryPercent: number | null) => ({ gpuPercent, gpuMemoryPercent });

  it('has the highest figures among them', () => {
    const round = new GpuRound(1000);
    round.add(row(10, 90), 0);
    round.add(row(70, null), 1);

    expect(round.add(row(20, 30), 2)).toEqual(row(70, 90));
  });

  it('knows a figure that one of them has', () => {
    const round = new GpuRound(1000);
    round.add(row(null, null), 0);

    expect(round.add(row(0, 5), 1)).toEqual(row(0, 5));
    expect(round.add(row(null, null), 2)).toEqual(row(0, 5));
  });

  it('ends with its time, however many rows there are', () => {
    const round = new GpuRound(1000);
    for (let ms = 0; ms < 1000; ms++) round.add(row(90, 90), ms);

    expect(round.add(row(10, 10), 1000)).toEqual(row(10, 10));
  });
});

describe('bounded lines', () => {
  const MAX = 8;

  function linesOf(chunks: readonly string[]): string[] {
    const found: string[] = [];
    const lines = new BoundedLines(MAX, (line) => found.push(line));
    for (const chunk of chunks) lines.push(chunk);
    return found;
  }

  it.each([
    [['a\nb\n'], ['a', 'b']],
    [['a', 'b', '\n'], ['ab']],
    [['\n\n'], ['', '']],
    [['12345678\n'], ['12345678']],
    [['123456789\nb\n'], ['b']],
    [['12345678', '9', '\n', 'b\n'], ['b']],
    [['never ended'], []],
  ])('of %j are %j', (chunks, expected) => {
    expect(linesOf(chunks)).toEqual(expected);
  });

  it('do not depend on how the text is cut', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', '\n'), maxLength: 30 });
    fc.assert(
      fc.property(fc.array(piece), (chunks) => {
        const whole = chunks.join('');
        const expected = whole.split('\n').slice(0, -1);
        expect(linesOf(chunks)).toEqual(expected.filter((line) => line.length <= MAX));
      }),
    );
  });
});
