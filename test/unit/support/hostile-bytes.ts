import fc from 'fast-check';

const TEXT = ['a', '"', '\\', '\n', '\r\n', '\0', '\u001f', 'é', '€', '\u2028', '\ufeff', '\ufffd', '😀', '👩‍👩‍👧'];

/** Heads, tails and impossible bytes of UTF-8 (RFC 3629): surrogates, overlong forms, beyond U+10FFFF, stray bytes. */
const BROKEN = [
  '80',
  'bf',
  'c0',
  'c1',
  'c2',
  'e0',
  'e080',
  'e282',
  'ed',
  'eda080',
  'f0',
  'f08080',
  'f09f98',
  'f4',
  'f490',
  'ff',
];

/** Text that is valid UTF-8, full of what text can hold. */
export const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...TEXT), fc.string({ unit: 'binary' })), { maxLength: 40 })
  .map((parts) => Buffer.from(parts.join('')));

/** Anything: valid text, broken UTF-8 and noise, mixed. */
export const hostileBytes = fc
  .array(
    fc.oneof(
      hostileText,
      fc.constantFrom(...BROKEN).map((hex) => Buffer.from(hex, 'hex')),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

/** Sizes by which `cut` takes a few bytes apart. */
export const smallCuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

/** Sizes by which `cut` takes many bytes apart, up to what one read of a pipe gives. */
export const largeCuts = fc
  .array(fc.constantFrom(3, 4096, 50_000, 65_535, 65_536), { maxLength: 4 })
  .map((sizes) => [...sizes, 65_536]);

/** Cuts `bytes` into reads of these sizes, over and over, each in a buffer of its own. */
export function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const reads: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const end = at + sizes[turn % sizes.length]!;
    reads.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  return reads;
}
