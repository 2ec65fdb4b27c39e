/** One unmasked frame of a server, RFC 6455, section 5.2. */
export interface WebSocketFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/**
 * Takes apart what a server wrote, and trusts nothing: every frame is final, unmasked, without extension bits, and
 * states its length in the shortest form.
 * @throws Error where that is not so
 */
export function webSocketFrames(bytes: Buffer): WebSocketFrame[] {
  const frames: WebSocketFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes.readUInt8(at);
    const second = bytes.readUInt8(at + 1);
    if ((first & 0xf0) !== 0x80) throw new Error(`Not a final frame without extension bits: ${first.toString(16)}`);
    if (second >= 0x80) throw new Error('A server must not mask');
    const { length, start } = payload(bytes, at + 2, second);
    if (start + length > bytes.length) throw new Error(`A frame of ${length} bytes is cut short`);
    frames.push({ opcode: first & 0x0f, payload: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return frames;
}

function payload(bytes: Buffer, at: number, short: number): { readonly length: number; readonly start: number } {
  if (short < 126) return { length: short, start: at };
  const length = short === 126 ? bytes.readUInt16BE(at) : Number(bytes.readBigUInt64BE(at));
  if (length < (short === 126 ? 126 : 65_536)) throw new Error(`${length} is not in its shortest form`);
  return { length, start: at + (short === 126 ? 2 : 8) };
}
