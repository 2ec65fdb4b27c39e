/**
 * What a spool holds, one frame after the other: the output of one command in the order in which it was read. Of its
 * kinds, `end` tells a stream's totals, `exceeded` that there was more than may be, and `next` that the following segment
 * goes on.
 */
export type SpoolFrame =
  | { readonly kind: 'stdout' | 'stderr'; readonly data: Buffer }
  | { readonly kind: 'stdout-end' | 'stderr-end' | 'exceeded' | 'next'; readonly data: Buffer };

const KINDS: readonly SpoolFrame['kind'][] = ['stdout', 'stderr', 'stdout-end', 'stderr-end', 'exceeded', 'next'];

/** Longest data of a frame: more than one read of a pipe brings. */
const MAX_DATA_BYTES = 131_072;

/** A frame begins with its kind (1 byte) and the length of its data (4 bytes, big-endian). */
export const FRAME_HEADER_BYTES = 5;

/** What goes before the data of a frame. */
export function frameHeader({ kind, data }: SpoolFrame): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header.writeUInt8(KINDS.indexOf(kind));
  header.writeUInt32BE(data.length, 1);
  return header;
}

/**
 * The frame at the begin of some bytes, which it shares; null where these do not hold all of it.
 * @throws Error where no frame begins so
 */
export function frameAt(bytes: Buffer): SpoolFrame | null {
  if (bytes.length < FRAME_HEADER_BYTES) return null;
  const kind = KINDS[bytes.readUInt8()];
  const length = bytes.readUInt32BE(1);
  if (kind === undefined || length > MAX_DATA_BYTES) throw new Error('The spool is damaged');
  const end = FRAME_HEADER_BYTES + length;
  if (bytes.length < end) return null;
  return { kind, data: bytes.subarray(FRAME_HEADER_BYTES, end) };
}
