// One command recorded to the byte while the clock runs, and checked to the byte when it has stopped.
import { createHash } from 'node:crypto';
import { now, sleep } from './clock.mjs';
import { RawSocket, decodeFrames } from './raw-socket.mjs';

const CPU_SETTLES_MS = 30;
const LAST_MESSAGE = { service: '"process.completed"', bare: '{"exit":' };
const TAIL_BYTES = 4096;

/** Runs a command on a connection of its own → {chunks, wallMs, cpu}; cpu as Server.cpuSince(). */
export async function record(server, command, mode, timeoutMs = 60_000) {
  const isService = server.kind === 'service';
  const last = Buffer.from(LAST_MESSAGE[server.kind]);
  const chunks = [];
  let previousTail = Buffer.alloc(0);
  let finish;
  const finished = new Promise((resolve, reject) => {
    finish = resolve;
    setTimeout(() => reject(new Error(`${command}: no end after ${timeoutMs} ms`)), timeoutMs).unref();
  });
  const connected = [];
  const socket = await RawSocket.open({
    address: server.address,
    path: isService ? '/ws/mcp' : '/',
    onBytes: (chunk) => {
      chunks.push(chunk);
      const tail = Buffer.concat([previousTail, chunk.subarray(-TAIL_BYTES)]);
      if (tail.includes(last)) finish(now());
      previousTail = tail.subarray(-64);
      connected.shift()?.();
    },
  });
  if (isService && chunks.length === 0) await new Promise((resolve) => connected.push(resolve));
  const before = server.cpu();
  const from = now();
  socket.send(
    JSON.stringify(
      isService ? { jsonrpc: '2.0', id: 1, method: 'execute', params: { command, output: { mode } } } : { command },
    ),
  );
  const wallMs = (await finished) - from;
  await sleep(CPU_SETTLES_MS);
  const cpu = server.cpuSince(before);
  socket.close();
  return { chunks, wallMs, cpu };
}

/**
 * Checks everything a service's recording claims, throws the first thing that does not hold: the order of the
 * messages, `seq` from 1 without a gap, `offset`, the end of each line, the digests. → the number of output frames.
 */
export function checkRecording(chunks, { sha256, bytes, mode, maxDataBytes = 65536 }) {
  const hash = createHash('sha256');
  const methods = [];
  let seq = 0;
  let offset = 0;
  let frames = 0;
  let completed;
  for (const { opcode, payload } of decodeFrames(chunks)) {
    if (opcode !== 1) throw new Error(`a frame with opcode ${opcode}`);
    const { method = 'reply', params, result } = JSON.parse(payload);
    if (method === 'ping') continue;
    if (method !== 'process.output') methods.push(method);
    if (method === 'reply' && result?.status !== 'started') throw new Error(payload.toString());
    if (params?.seq === undefined) continue;
    if (params.seq !== ++seq) throw new Error(`seq ${params.seq} where ${seq} is next`);
    if (method === 'process.completed') completed = params;
    if (method !== 'process.output') continue;
    const data = Buffer.from(params.data);
    if (params.type !== 'stdout' || params.truncated) throw new Error(payload.toString());
    if (params.offset !== offset) throw new Error(`offset ${params.offset} where ${offset} is next`);
    if (data.length > maxDataBytes) throw new Error(`${data.length} bytes in one frame`);
    if (mode !== 'chunk' && !endsALine(data, mode)) throw new Error(`not whole lines: ${params.data.slice(0, 80)}`);
    hash.update(data);
    offset += data.length;
    frames++;
  }
  const order = 'connected reply process.started process.completed';
  if (methods.join(' ') !== order) throw new Error(`the messages came as: ${methods.join(' ')}`);
  const digest = hash.digest('hex');
  if (offset !== bytes || digest !== sha256) throw new Error(`${offset} bytes ${digest}, expected ${bytes} ${sha256}`);
  if (completed.seq_last !== seq) throw new Error(`seq_last ${completed.seq_last}, expected ${seq}`);
  if (completed.bytes.stdout !== bytes || completed.sha256.stdout !== sha256)
    throw new Error(JSON.stringify(completed));
  return frames;
}

/** Checks a recording of the bare server. */
export function checkBareRecording(chunks, { sha256 }) {
  const hash = createHash('sha256');
  for (const { opcode, payload } of decodeFrames(chunks)) if (opcode === 2) hash.update(payload);
  if (hash.digest('hex') !== sha256) throw new Error('the bare server changed the data');
}

const NEWLINE = 10;

function endsALine(data, mode) {
  const first = data.indexOf(NEWLINE);
  return mode === 'line' ? first === data.length - 1 : data[data.length - 1] === NEWLINE;
}
