import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { tokenEntries } from '../../../../../src/policy/access/token/token-entries.js';
import { faults } from '../support.js';

const SHA = createHash('sha256').update('x').digest('hex');
const SECRET = 'plain-secret-token-in-the-file';

function read(text: string): { readonly names: string[]; readonly faults: string[] } {
  const { texts, add } = faults();
  const tokens = tokenEntries(text, add);
  return { names: tokens.map(({ name, role, digest }) => `${name} ${role} ${digest.toString('hex')}`), faults: texts };
}

describe('a list of tokens in YAML', () => {
  it.each([
    [`- {name: ann, role: controller, sha256: ${SHA}}`, [`ann controller ${SHA}`]],
    [`- name: a@b.c\n  role: observer\n  sha256: "${SHA.toUpperCase()}"\n`, [`a@b.c observer ${SHA}`]],
    [`- {name: 1, role: observer, sha256: ${'1'.repeat(64)}}`, [`1 observer ${'1'.repeat(64)}`]],
    [
      `- {name: true, role: observer, sha256: ${'1'.repeat(30)}e${'1'.repeat(33)}}`,
      [`true observer ${'1'.repeat(30)}e${'1'.repeat(33)}`],
    ],
    [`[{"name": "j", "role": "observer", "sha256": "${SHA}"}]`, [`j observer ${SHA}`]],
    ['[]', []],
    ['# nobody\n[]\n', []],
  ])('%j has its tokens', (text, names) => {
    expect(read(text)).toEqual({ names, faults: [] });
  });

  it.each([
    ['', 'must be a list'],
    ['{}', 'must be a list'],
    [SECRET, 'must be a list'],
    [`- &a ${SECRET}\n- *a`, 'is not YAML'],
    [`- *${SECRET}`, 'is not YAML'],
    [`- !${SECRET} x`, 'is not YAML'],
    [`- {name: "${SECRET}`, 'is not YAML'],
    [`- {name: a, name: ${SECRET}}`, 'is not YAML'],
    [`- ${SECRET}`, '[0] must be a map'],
    [`- {name: ann, role: controller, token: ${SECRET}}`, '[0].token: no plain token belongs here'],
    [`- {name: ann, role: controller, token: ${SECRET}, sha256: ${SHA}}`, '[0].token: no plain token belongs here'],
    [`- {name: ann, role: controller, sha256: ${SHA}, ${SECRET}: x}`, 'name, role, group and sha256 only'],
    [`- {name: ann, role: controller, sha256: ${SECRET}}`, '[0].sha256 must be 64 hexadecimal digits'],
    [`- {name: ann, role: controller, sha256: ${SHA}0}`, '[0].sha256 must be 64 hexadecimal digits'],
    [`- {name: ann, role: controller, sha256: ${createHash('sha256').digest('hex')}}`, 'is the digest of nothing'],
    [`- {name: ann, role: ${SECRET}, sha256: ${SHA}}`, '[0].role must be controller or observer'],
    [`- {name: ann, role: [controller], sha256: ${SHA}}`, '[0].role must be controller or observer'],
    [`- {name: "${SECRET}\\n", role: observer, sha256: ${SHA}}`, '[0].name must be'],
    [`- {role: observer, sha256: ${SHA}}`, '[0].name must be'],
    [`- {name: a, role: observer, group: "${SECRET} x", sha256: ${SHA}}`, '[0].group must be'],
    [`- {name: a, role: observer, group: [a], sha256: ${SHA}}`, '[0].group must be'],
    [`- {name: a, role: observer, group: , sha256: ${SHA}}`, '[0].group must be'],
    [
      `- {name: a, role: observer, sha256: ${SHA}}\n- {name: a, role: observer, sha256: ${'0'.repeat(64)}}`,
      '[1].name is that of [0]',
    ],
    [
      `- {name: a, role: observer, sha256: ${SHA}}\n- {name: b, role: controller, sha256: ${SHA}}`,
      '[1].sha256 is that of [0]',
    ],
  ])('%j cannot be used, and none of its values is repeated', (text, fault) => {
    const result = read(text);

    expect(result.faults).toEqual([expect.stringContaining(fault)]);
    expect(result.faults.join()).not.toContain(SECRET);
  });

  it('has each token in the group it names, else in one of its own', () => {
    const { texts, add } = faults();
    const list = `- {name: a, role: observer, group: team, sha256: ${SHA}}\n- {name: b, role: observer, sha256: ${'0'.repeat(64)}}`;

    expect(tokenEntries(list, add).map(({ group }) => group)).toEqual(['team', 'b']);
    expect(texts).toEqual([]);
  });

  it('is refused or all of it is well-formed, whatever the text', () => {
    const line = fc.constantFrom(
      ...['- ', 'name: ', 'role: ', 'controller', 'sha256: ', SHA, '{', '}', '\n', '  ', ',', '&a ', '*a'],
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line).map((lines) => lines.join('')),
        ),
        (text) => {
          const result = read(text);
          if (result.faults.length > 0) return;
          for (const name of result.names) expect(name).toMatch(/^[\w.@-]{1,64} (controller|observer) [\da-f]{64}$/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
