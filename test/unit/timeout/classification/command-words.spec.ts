import { describe, expect, it } from '@jest/globals';
import { commandWords } from '../../../../src/timeout/classification/command-words.js';

function textsOf(line: string): string[][] {
  return commandWords(line).map(({ words }) => words.map(({ text }) => text));
}

describe('the simple commands', () => {
  it.each<[string, string[][]]>([
    ['', []],
    ['a b', [['a', 'b']]],
    ['a;b&&c||d|e|&f&g\nh', [['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g'], ['h']]],
    ['(cd a; b) && { c; }', [['cd', 'a'], ['b'], ['{', 'c'], ['}']]],
    [`a "b c" 'd;e' f\\ g "h\\"i"`, [['a', 'b c', 'd;e', 'f g', 'h\\"i']]],
    ['a "b', [['a', 'b']]],
    ['a $(b; c "$(d)") `e;f` ${g;h}', [['a', '%s', '%s', '%s']]],
    ['a <(b; c) > out 2>&1 < in &> all >> more 3<&1', [['a', '%s']]],
    ['a >| b c 2>x d', [['a', 'c', 'd']]],
    ['a <<< "b;c" d', [['a', 'd']]],
    ['a # b; c\nd#e', [['a'], ['d#e']]],
    ['a \\\n b', [['a', 'b']]],
    ['[[ a && (b < c) ]] && d', [['[[', 'a', 'b', 'c', ']]'], ['d']]],
    ['a=(1 2; 3) b', [['a=%s', 'b']]],
    ['f() { a; }', [['{', 'a'], ['}']]],
    ['((i++)); a', [['a']]],
  ])('of %j are %j', (line, commands) => {
    expect(textsOf(line)).toEqual(commands);
  });

  it('have what their here-documents hold', () => {
    const [cat, claude, ls, ...rest] = commandWords('cat <<A; claude <<-"B"\nx; y\nA\n\tz\n\tB\nls');

    expect(cat).toMatchObject({ words: [{ text: 'cat' }], input: 'x; y\n' });
    expect(claude).toMatchObject({ words: [{ text: 'claude' }], input: '\tz\n' });
    expect(ls).toMatchObject({ words: [{ text: 'ls' }], input: '' });
    expect(rest).toEqual([]);
    expect(commandWords('cat <<A\nno end')).toMatchObject([{ input: 'no end' }]);
  });

  it('know what pipes into them and what runs in the background', () => {
    const flags = commandWords('a | b; c && d & e || f').map(({ words, isPiped, isBackground }) => [
      words[0]?.text,
      isPiped,
      isBackground,
    ]);

    expect(flags).toEqual([
      ['a', false, false],
      ['b', true, false],
      ['c', false, true],
      ['d', false, true],
      ['e', false, false],
      ['f', false, false],
    ]);
  });
});
