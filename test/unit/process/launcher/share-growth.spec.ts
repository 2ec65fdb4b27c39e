import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shareGrowth } from '../../../../src/process/launcher/share-growth.js';

const child = fc.record({ seen: fc.nat(10_000), unseenMs: fc.nat(100_000) });

describe('what several children have used together', () => {
  it.each([
    ['is all of a single one’s', 7, [[0, 5]], [7]],
    ['is all of a single one’s, however little was seen of it', 70, [[50, 0]], [70]],
    [
      'is each one’s as it was seen',
      30,
      [
        [10, 0],
        [20, 0],
      ],
      [10, 20],
    ],
    [
      'is shared by the time unseen',
      40,
      [
        [0, 300],
        [0, 100],
      ],
      [30, 10],
    ],
    [
      'is shared by the time unseen, beyond what was seen',
      60,
      [
        [20, 100],
        [0, 300],
      ],
      [30, 30],
    ],
    [
      'is shared evenly where no time says otherwise',
      6,
      [
        [0, 0],
        [0, 0],
      ],
      [3, 3],
    ],
    [
      'is what was seen where the counter says less',
      5,
      [
        [10, 100],
        [0, 100],
      ],
      [10, 0],
    ],
  ] as const)('%s', (_, growth, children, shares) => {
    expect(
      shareGrowth(
        growth,
        children.map(([seen, unseenMs]) => ({ seen, unseenMs })),
      ),
    ).toEqual(shares);
  });

  it('is handed out whole, and gives none less than was seen of it', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.array(child, { minLength: 1, maxLength: 20 }), (growth, children) => {
        const shares = shareGrowth(growth, children);
        const seen = children.reduce((sum, each) => sum + each.seen, 0);

        expect(shares).toHaveLength(children.length);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(Math.max(growth, seen), 3);
        for (const [index, share] of shares.entries()) expect(share).toBeGreaterThanOrEqual(children[index]!.seen);
      }),
    );
  });

  it('is nothing where there are none', () => {
    expect(shareGrowth(5, [])).toEqual([]);
  });
});
