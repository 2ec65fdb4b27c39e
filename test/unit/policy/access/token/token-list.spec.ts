import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AccessToken } from '../../../../../src/policy/access/token/access-token.js';
import { TokenList } from '../../../../../src/policy/access/token/token-list.js';

function token(name: string, text: string): AccessToken {
  return { name, role: 'controller', group: name, digest: createHash('sha256').update(text, 'latin1').digest() };
}

const text = fc.string({ unit: 'binary-ascii', minLength: 1 });

describe('a list of tokens', () => {
  it('finds each by its text, wherever it stands', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 1 }), (texts) => {
        const list = new TokenList(texts.map((each, index) => token(`n${index}`, each)));

        expect(texts.map((each) => list.find(each)?.name)).toEqual(texts.map((_, index) => `n${index}`));
      }),
    );
  });

  it('finds none by another text', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text), text, (texts, other) => {
        fc.pre(!texts.includes(other));

        expect(new TokenList(texts.map((each) => token('x', each))).find(other)).toBeNull();
      }),
    );
  });

  it('takes each character for a byte, as headers come', () => {
    const list = new TokenList([{ ...token('u', ''), digest: createHash('sha256').update('grüße').digest() }]);

    expect(list.find(Buffer.from('grüße').toString('latin1'))?.name).toBe('u');
    expect(list.find('grüße')).toBeNull();
  });

  it('has a token by its name, role, group and digest together', () => {
    const ann = token('ann', 'a');
    const list = new TokenList([ann]);

    expect(list.has({ ...ann, digest: Buffer.from(ann.digest) })).toBe(true);
    expect(list.has({ ...ann, name: 'bob' })).toBe(false);
    expect(list.has({ ...ann, role: 'observer' })).toBe(false);
    expect(list.has({ ...ann, group: 'other' })).toBe(false);
    expect(list.has(token('ann', 'b'))).toBe(false);
  });
});
