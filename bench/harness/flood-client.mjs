// A client in a process of its own that reads at full speed and looks at nothing, but for what it is told to wait for.
//
// argv: address, 'service' | 'bare'. Over IPC: → {send: STR, until: [STR…]} sends one message and waits until each of
// `until` has been in the bytes that follow; ← {sentAt, seenAt: [N…], text}: `text` is what followed the first of them.
// → {bytes: true} ← {bytes: N}.
import { now } from './clock.mjs';
import { RawSocket } from './raw-socket.mjs';

const [address, kind] = process.argv.slice(2);
const TEXT_BYTES = 400;

let bytes = 0;
let waiting = null;

const socket = await RawSocket.open({
  address,
  path: kind === 'service' ? '/ws/mcp' : '/',
  onBytes: (chunk) => {
    bytes += chunk.length;
    if (waiting !== null) look(chunk);
  },
});
process.send({ connected: true });

process.on('message', (request) => {
  if (request.bytes === true) return process.send({ bytes });
  waiting = {
    marks: request.until,
    sentAt: now(),
    seenAt: request.until.map(() => null),
    text: '',
    kept: Buffer.alloc(0),
  };
  socket.send(request.send);
});
process.on('disconnect', () => process.exit(0));

function look(chunk) {
  const text = Buffer.concat([waiting.kept, chunk]);
  waiting.kept = text.subarray(-TEXT_BYTES);
  waiting.marks.forEach((mark, i) => {
    if (waiting.seenAt[i] !== null) return;
    const at = text.indexOf(mark);
    if (at < 0) return;
    waiting.seenAt[i] = now();
    if (i === 0) waiting.text = text.toString('latin1', at, at + TEXT_BYTES);
  });
  if (waiting.seenAt.includes(null)) return;
  const { sentAt, seenAt, text: found } = waiting;
  waiting = null;
  process.send({ sentAt, seenAt, text: found });
}
