import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ArgumentGlob } from '../../../../src/policy/command/argument-glob.js';

describe('a pattern', () => {
  it.each([
    ['a', 'a'],
    ['*', ''],
    ['*', 'abc'],
    ['a*', 'a'],
    ['*.txt', 'a.txt'],
    ['a?c', 'abc'],
    ['a?c', 'a😀c'],
    ['src/*', 'src/a'],
    ['src/**', 'src/a/b'],
    ['src/**', 'src/'],
    ['**/x', 'a/b/x'],
    ['a***b', 'a/x/b'],
    ['--format=*', '--format=%H'],
    ['../*', '../a'],
    ['[a].+', '[a].+'],
    ['**', 'x'.repeat(5000)],
    ['**', '../../x'],
    ['*', 'a..b'],
    ['*', 'HEAD..main'],
    ['*', '...'],
  ])('%j fits %j', (pattern, text) => {
    expect(new ArgumentGlob(pattern).fits(text)).toBe(true);
  });

  it.each([
    ['a', 'A'],
    ['a', 'ab'],
    ['a', ''],
    ['*.txt', 'a.txt.exe'],
    ['*', 'a/b'],
    ['?', '/'],
    ['?', ''],
    ['a?', 'a'],
    ['src/*', 'src/a/b'],
    ['src/**', 'srcs/a'],
    ['src/**', 'src/../etc'],
    ['src/**', 'src/a/..'],
    ['src/**', 'src/a/../../../etc'],
    ['../**', '../../a'],
    ['--output=*', '--output=..'],
    ['--output=**', '--output=../x'],
    ['-I**', '-I../x'],
    ['-I*', '-I..'],
    ['**a', `${'x'.repeat(5000)}a`],
    ['[a]', 'a'],
  ])('%j does not fit %j', (pattern, text) => {
    expect(new ArgumentGlob(pattern).fits(text)).toBe(false);
  });

  it('fits what the regular expression of its meaning fits', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, each) => {
        const meaning = glob.replaceAll(/\*{2,}|\*|\?/g, (token) =>
          token.startsWith('**') ? '.*' : token === '*' ? '[^/]*' : '[^/]',
        );
        expect(new ArgumentGlob(glob).fits(each)).toBe(new RegExp(`^${meaning}$`).test(each));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes time in proportion to both lengths', () => {
    const start = performance.now();
    expect(new ArgumentGlob('*a'.repeat(60)).fits('a'.repeat(4000) + 'b')).toBe(false);

    expect(performance.now() - start).toBeLessThan(2000);
  });
});
