import { describe, expect, it } from '@jest/globals';
import type { PlacedWord } from '../../../../../src/policy/command/shell/flatten.js';
import { isOnlyWords } from '../../../../../src/policy/command/shell/is-only-words.js';

/** The words, each found after the one before it. */
function placed(source: string, words: readonly (readonly [PlacedWord['before'], string])[]): PlacedWord[] {
  let end = 0;
  return words.map(([before, text]) => {
    const pos = source.indexOf(text, end);
    end = pos + text.length;
    return { before, source: text, value: text, pos, end };
  });
}

describe('source', () => {
  it.each<[string, readonly (readonly [PlacedWord['before'], string])[]]>([
    [
      'a b',
      [
        ['start', 'a'],
        ['blank', 'b'],
      ],
    ],
    [
      '\n a\t\\\n b ;\n',
      [
        ['start', 'a'],
        ['blank', 'b'],
      ],
    ],
    [
      'a|b',
      [
        ['start', 'a'],
        ['|', 'b'],
      ],
    ],
    [
      'a &&\n# note\n b',
      [
        ['start', 'a'],
        ['&&', 'b'],
      ],
    ],
    [
      'a \\\n|| b',
      [
        ['start', 'a'],
        ['||', 'b'],
      ],
    ],
    [
      'a;b',
      [
        ['start', 'a'],
        [';', 'b'],
      ],
    ],
    [
      'a # b; c\n\nd',
      [
        ['start', 'a'],
        [';', 'd'],
      ],
    ],
    ['# note\na # note', [['start', 'a']]],
  ])('%j is only its words', (source, words) => {
    expect(isOnlyWords(source, placed(source, words))).toBe(true);
  });

  it.each<[string, string, readonly (readonly [PlacedWord['before'], string])[]]>([
    [
      'a word left out',
      'a b c',
      [
        ['start', 'a'],
        ['blank', 'c'],
      ],
    ],
    ['a word left out at the start', 'a b', [['start', 'b']]],
    ['a word left out at the end', 'a b', [['start', 'a']]],
    [
      'a command left out',
      'a; b; c',
      [
        ['start', 'a'],
        [';', 'c'],
      ],
    ],
    [
      'a redirection left out',
      'a >x b',
      [
        ['start', 'a'],
        ['blank', 'b'],
      ],
    ],
    ['a redirection left out at the end', 'a >x', [['start', 'a']]],
    ['an ampersand taken for nothing', 'a &', [['start', 'a']]],
    [
      'an ampersand taken for ;',
      'a & b',
      [
        ['start', 'a'],
        [';', 'b'],
      ],
    ],
    [
      'a pipe taken for a blank',
      'a | b',
      [
        ['start', 'a'],
        ['blank', 'b'],
      ],
    ],
    [
      '|| taken for |',
      'a || b',
      [
        ['start', 'a'],
        ['|', 'b'],
      ],
    ],
    [
      '| taken for ||',
      'a | b',
      [
        ['start', 'a'],
        ['||', 'b'],
      ],
    ],
    [
      '|& taken for |',
      'a |& b',
      [
        ['start', 'a'],
        ['|', 'b'],
      ],
    ],
    [
      '&& taken for ;',
      'a && b',
      [
        ['start', 'a'],
        [';', 'b'],
      ],
    ],
    [
      'a newline taken for a blank',
      'a\nb',
      [
        ['start', 'a'],
        ['blank', 'b'],
      ],
    ],
    [
      '; taken for a blank',
      'a;b',
      [
        ['start', 'a'],
        ['blank', 'b'],
      ],
    ],
    [
      'two operators',
      'a ;; b',
      [
        ['start', 'a'],
        [';', 'b'],
      ],
    ],
    ['two operators at the end', 'a ;;', [['start', 'a']]],
    [
      'no blank between words',
      'ab',
      [
        ['start', 'a'],
        ['blank', 'b'],
      ],
    ],
    ['a # within a word taken for a comment', 'a#b', [['start', 'a']]],
    ['a parenthesis', '(a)', [['start', 'a']]],
    ['a negation', '! a', [['start', 'a']]],
    ['a carriage return', 'a\r', [['start', 'a']]],
    ['a no-break space', 'a\u00a0', [['start', 'a']]],
  ])('with %s (%j) is not', (_, source, words) => {
    expect(isOnlyWords(source, placed(source, words))).toBe(false);
  });

  it('with other text where a word is said to be is not', () => {
    expect(
      isOnlyWords('a b', [
        { before: 'start', source: 'a', value: 'a', pos: 0, end: 1 },
        { before: 'blank', source: 'c', value: 'c', pos: 2, end: 3 },
      ]),
    ).toBe(false);
  });
});
