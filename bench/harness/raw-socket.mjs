import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/**
 * A WebSocket client that costs next to nothing while the clock runs: it hands out the bytes as they come from the
 * socket, and `decodeFrames` makes messages of them afterwards. It answers no pings: for short runs.
 */
export class RawSocket {
  /** Connects and upgrades; `onBytes(chunk)` gets everything after the HTTP answer. */
  static open({ address, path, onBytes, onClose }) {
    const [host, port] = address.split(':');
    const socket = connect({ host, port: Number(port), noDelay: true });
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    return new Promise((resolve, reject) => {
      let head = Buffer.alloc(0);
      const readHead = (chunk) => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const text = head.toString('latin1', 0, end);
        if (!text.startsWith('HTTP/1.1 101') || !text.includes(acceptOf(key))) return reject(new Error(text));
        socket.off('data', readHead);
        socket.on('data', onBytes);
        if (head.length > end + 4) onBytes(head.subarray(end + 4));
        resolve(new RawSocket(socket));
      };
      socket.on('data', readHead);
      socket.on('error', reject);
      socket.on('close', () => onClose?.());
    });
  }

  constructor(socket) {
    this.socket = socket;
  }

  /** Sends one text message of at most 65535 bytes. */
  send(text) {
    const payload = Buffer.from(text);
    const mask = randomBytes(4);
    const head = payload.length < 126 ? Buffer.from([0x81, 0x80 | payload.length]) : Buffer.from([0x81, 0xfe, 0, 0]);
    if (payload.length >= 126) head.writeUInt16BE(payload.length, 2);
    for (let i = 0; i < payload.length; i++) payload[i] ^= mask[i & 3];
    this.socket.write(Buffer.concat([head, mask, payload]));
  }

  close() {
    this.socket.destroy();
  }
}

/**
 * The data messages in these chunks, as {opcode, payload}; fragments joined, control frames left out. Throws where
 * the bytes are not a server's frames. An incomplete frame at the end is left out.
 */
export function* decodeFrames(chunks) {
  const bytes = Buffer.concat(chunks);
  let fragments = [];
  let opcode = 0;
  for (let at = 0; at + 2 <= bytes.length;) {
    const first = bytes[at];
    let length = bytes[at + 1];
    let start = at + 2;
    if ((first & 0x70) !== 0 || length > 127) throw new Error(`not a plain server frame at byte ${at}`);
    if (length === 126) {
      length = bytes.readUInt16BE(start);
      start += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(start));
      start += 8;
    }
    at = start + length;
    if (at > bytes.length) return;
    if ((first & 0x0f) >= 8) continue;
    if ((first & 0x0f) !== 0) opcode = first & 0x0f;
    fragments.push(bytes.subarray(start, at));
    if ((first & 0x80) === 0) continue;
    yield { opcode, payload: fragments.length === 1 ? fragments[0] : Buffer.concat(fragments) };
    fragments = [];
  }
}

const acceptOf = (key) => createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
