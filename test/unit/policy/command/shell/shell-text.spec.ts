import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CommandLine, Operator, Words } from '../../../../../src/policy/command/shell/command-line.js';
import { readCommandLine } from '../../../../../src/policy/command/shell/read-command-line.js';
import { shellText } from '../../../../../src/policy/command/shell/shell-text.js';

it('every word is in single quotes, and a single quote outside of them', () => {
  const line: CommandLine = {
    commands: [
      ['/bin/a', "it's", ''],
      ['/bin/b', '$x'],
    ],
    operators: ['|'],
  };

  expect(shellText(line)).toBe(`'/bin/a' 'it'\\''s' '' | '/bin/b' '$x'`);
});

it('what is made of words and operators reads as these words and operators', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0') && each.isWellFormed());
  const words = fc.array(text, { minLength: 1, maxLength: 4 }).map((each) => each as unknown as Words);
  const operator = fc.constantFrom<Operator>('|', '&&', '||', ';');
  fc.assert(
    fc.property(fc.array(fc.tuple(words, operator), { minLength: 1, maxLength: 5 }), (pairs) => {
      const line = { commands: pairs.map(([each]) => each), operators: pairs.slice(1).map(([, each]) => each) };
      expect(readCommandLine(shellText(line))).toEqual(line);
    }),
    { numRuns: 500 },
  );
});
