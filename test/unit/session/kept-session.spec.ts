import { describe, expect, it } from '@jest/globals';
import { keptSessionFrom } from '../../../src/session/kept-session.js';

const CLIENT = { tokenName: 'ci', group: 'ci', role: 'controller', address: '127.0.0.1' };
const KEPT = { id: '0af76519-16cd-43dd-8448-eb211c80319c', client: CLIENT, digests: ['a'.repeat(64)] };

describe('a file of a session', () => {
  it.each([[KEPT], [{ ...KEPT, client: { ...CLIENT, tokenName: null, group: null, role: 'observer' }, digests: [] }]])(
    'is read: %j',
    (kept) => {
      expect(keptSessionFrom(JSON.stringify(kept))).toEqual(kept);
    },
  );

  it.each<[unknown]>([
    [null],
    [[]],
    [{}],
    [{ ...KEPT, id: '../other' }],
    [{ ...KEPT, client: null }],
    [{ ...KEPT, client: { ...CLIENT, role: 'root' } }],
    [{ ...KEPT, client: { ...CLIENT, group: undefined } }],
    [{ ...KEPT, client: { ...CLIENT, tokenName: 1 } }],
    [{ ...KEPT, client: { ...CLIENT, address: null } }],
    [{ ...KEPT, digests: 'a'.repeat(64) }],
    [{ ...KEPT, digests: ['a'] }],
    [{ ...KEPT, digests: [1] }],
  ])('is refused where a field is something else: %j', (kept) => {
    expect(() => keptSessionFrom(JSON.stringify(kept))).toThrow('a field is not what it is to be');
  });
});
