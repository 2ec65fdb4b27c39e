/**
 * The longest length ≤ `end` at which `bytes` can be cut without splitting a UTF-8 character (RFC 3629). Bytes that are
 * no valid UTF-8 are cut where they are.
 */
export function characterBoundary(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back] as number;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? end - back : end;
  }
  return end;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf5 || lead < 0xc2) return 1;
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}
