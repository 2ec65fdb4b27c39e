import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { now, sleep } from '../harness/clock.mjs';
import { processState } from '../harness/proc.mjs';
import { RawSocket, decodeFrames } from '../harness/raw-socket.mjs';
import { checkRecording, record } from '../harness/recording.mjs';
import { median, quantile } from '../harness/stats.mjs';

export const name = 'replay';
export const title = 'coming back: first byte, 8 MiB of replay, the cost of keeping it, 500 detached floods';
export const targets = {
  firstByte: { of: 'service', max: 50 },
  replay: { of: 'service', min: 100 },
  retention: { of: 'ratio', max: 1.15 },
  memory: (bytes) => ({ of: 'service', max: bytes / 1e6 }),
};

const REPLAY_BYTES = 8_000_000;
const TOTAL_BYTES = 268_435_456;
/** What the README promises beside REPLAY_TOTAL_BYTES for each execution. */
const EXECUTION_BYTES = 524_288;
const LINES = 1_000_000;

export async function run({ servers, quick, targets }) {
  return [
    ...(await reattach(servers, quick ? 30 : 200, targets)),
    ...(await replay(servers, quick ? 1 : 5, targets)),
    ...(await retention(servers, quick ? 1 : 3, targets)),
    ...(await detached(servers, quick ? 100 : 500, targets)),
  ];
}

/** Connect, resume, first replayed byte, of a command that has printed 100 kB and goes on. */
async function reattach(servers, count, targets) {
  const service = await servers.service();
  const whole = [];
  const resumed = [];
  let back = await Back.connect(service);
  const { execution_id: id } = await back.call('execute', {
    command: 'seq 1 20000; exec sleep 1000',
    output: { mode: 'lines' },
  });
  for (let i = 0; i < count; i++) {
    back.vanish();
    await sleep(20);
    const from = now();
    const next = await Back.connect(service, back);
    const asked = now();
    const first = next.firstOutput();
    await next.call('resume', { ...next.claim, last_seq: { [id]: 1 } });
    await first;
    whole.push(now() - from);
    resumed.push(now() - asked);
    back = next;
  }
  await back.call('control', { type: 'CANCEL' });
  await service.stop();
  return [
    { metric: 'connect, resume, first replayed byte: p50', unit: 'ms', service: median(whole) },
    {
      metric: `connect, resume, first replayed byte: p99 of ${count}`,
      unit: 'ms',
      service: quantile(whole, 0.99),
      target: targets.firstByte,
    },
    { metric: 'resume to first replayed byte alone: p99', unit: 'ms', service: quantile(resumed, 0.99) },
  ];
}

/** From `resume` to the last byte of what was printed while nobody was there. */
async function replay(servers, runs, targets) {
  const service = await servers.service();
  const file = join(servers.scratch, 'replay.txt');
  const text = randomBytes(6_000_000).toString('base64').replace(/.{76}/g, '$&\n').slice(0, REPLAY_BYTES);
  writeFileSync(file, text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const rows = [];
  for (const mode of ['lines', 'line']) {
    const speeds = [];
    for (let i = 0; i < runs; i++) speeds.push(await replayOnce(service, file, mode, sha256));
    rows.push({
      metric: `replay of ${REPLAY_BYTES / 1e6} MB, mode ${mode}`,
      unit: 'MB/s',
      service: median(speeds),
      ...(mode === 'lines' ? { target: targets.replay } : {}),
    });
  }
  await service.stop();
  return rows;
}

async function replayOnce(service, file, mode, sha256) {
  const gone = await Back.connect(service);
  // It begins when nobody is there any more, and has printed all when it is found asleep.
  const command = `sleep 0.3; cat ${file}`;
  const { execution_id: id, pid } = await gone.call('execute', { command, output: { mode } });
  gone.vanish();
  while (processState(pid) !== null) await sleep(20);
  await sleep(800);
  const next = await Back.connect(service, gone);
  const from = now();
  const completed = next.completed();
  await next.call('resume', { ...next.claim, last_seq: { [id]: 0 } });
  await completed;
  const seconds = (now() - from) / 1000;
  const hash = createHash('sha256');
  for (const { method, params } of next.messages()) if (method === 'process.output') hash.update(params.data);
  if (hash.digest('hex') !== sha256) throw new Error('the replay is not what was printed');
  next.vanish();
  return REPLAY_BYTES / 1e6 / seconds;
}

/** The same lines with what is kept by default and with nothing kept, by turns. */
async function retention(servers, runs, targets) {
  const expected = digestOfSeq(LINES);
  const keeping = await servers.service();
  const passing = await servers.service({ REPLAY_BUFFER_BYTES: '0' });
  const command = `seq 1 ${LINES}`;
  const rows = [];
  for (const mode of ['line', 'lines']) {
    const cpu = { keeping: [], passing: [] };
    const wall = { keeping: [], passing: [] };
    for (const service of [keeping, passing]) await record(service, 'seq 1 20000', mode);
    for (let i = 0; i < runs; i++) {
      for (const [key, service] of Object.entries({ keeping, passing })) {
        const { chunks, ...cost } = await record(service, command, mode);
        checkRecording(chunks, { ...expected, mode });
        cpu[key].push(cost.cpu.total);
        wall[key].push(cost.wallMs / 1000);
      }
    }
    rows.push(
      {
        metric: `mode ${mode}: server CPU with and without what is kept`,
        unit: 's',
        service: median(cpu.keeping),
        reference: median(cpu.passing),
        referenceName: 'without',
        ...(mode === 'line' ? { target: targets.retention } : {}),
      },
      {
        metric: `mode ${mode}: wall time with and without`,
        unit: 's',
        service: median(wall.keeping),
        reference: median(wall.passing),
        referenceName: 'without',
      },
    );
  }
  await Promise.all([keeping.stop(), passing.stop()]);
  return rows;
}

/** So many floods that nobody reads. */
async function detached(servers, count, targets) {
  const service = await servers.service({ MAX_SESSIONS: String(count + 50) });
  const warmUp = await Back.connect(service);
  await warmUp.call('execute', { argv: ['true'] });
  await sleep(500);
  const before = service.rss();
  const ids = [];
  for (let i = 0; i < count; i++) {
    const client = await Back.connect(service);
    const { execution_id: id } = await client.call('execute', {
      argv: ['yes', 'a line of some length'],
      output: { mode: 'lines' },
      detach: true,
    });
    ids.push(id);
    await client.leave();
  }
  let highest = 0;
  for (let looks = 0; looks < 30; looks++) {
    highest = Math.max(highest, service.rss().main);
    await sleep(100);
  }
  const helper = service.rss().helper - before.helper;
  for (const execution_id of ids) await warmUp.call('control', { type: 'CANCEL', execution_id });
  await service.stop();
  return [
    {
      metric: `RSS growth with ${count} detached floods`,
      unit: 'MB',
      service: (highest - before.main) / 1e6,
      target: targets.memory(TOTAL_BYTES + count * EXECUTION_BYTES),
    },
    { metric: 'of it the helper process, beside', unit: 'MB', service: helper / 1e6 },
  ];
}

/** A client that collects bytes and looks for what it waits for; it answers no pings. */
class Back {
  #chunks = [];
  #tail = Buffer.alloc(0);
  #watches = [];
  #nextId = 1;
  claim = null;

  /** Connects; with another one's claim it is the one that comes back. */
  static async connect(service, before = null) {
    const back = new Back();
    const connected = back.#sees('"connected"');
    back.socket = await RawSocket.open({
      address: service.address,
      path: '/ws/mcp',
      onBytes: (chunk) => back.#take(chunk),
    });
    await connected;
    const { session_id, resume_token } = back.messages()[0].params;
    back.claim = before === null ? { session_id, resume_token } : before.claim;
    return back;
  }

  async call(method, params) {
    const id = this.#nextId++;
    const answered = this.#sees(`"id":${id}}`);
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    await answered;
    const answer = this.messages().find((message) => message.id === id);
    if (answer.error !== undefined) throw new Error(JSON.stringify(answer.error));
    if (method === 'resume')
      this.claim = { session_id: answer.result.session_id, resume_token: answer.result.resume_token };
    return answer.result;
  }

  firstOutput() {
    return this.#sees('"process.output"');
  }

  completed() {
    return this.#sees('"process.completed"');
  }

  messages() {
    return [...decodeFrames(this.#chunks)].map(({ payload }) => JSON.parse(payload));
  }

  vanish() {
    this.socket.close();
  }

  /** Closes the WebSocket as a client that is done with it. */
  async leave() {
    const closed = new Promise((resolve) => this.socket.socket.once('close', resolve));
    this.socket.socket.write(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
    await closed;
  }

  #sees(text) {
    return new Promise((resolve) => this.#watches.push({ text, resolve }));
  }

  #take(chunk) {
    this.#chunks.push(chunk);
    const seen = Buffer.concat([this.#tail, chunk]);
    for (const watch of [...this.#watches]) {
      if (!seen.includes(watch.text)) continue;
      this.#watches.splice(this.#watches.indexOf(watch), 1);
      watch.resolve();
    }
    this.#tail = seen.subarray(-64);
  }
}

function digestOfSeq(count) {
  const hash = createHash('sha256');
  let bytes = 0;
  for (let from = 1; from <= count; from += 1000) {
    let text = '';
    for (let i = from; i < from + 1000 && i <= count; i++) text += `${i}\n`;
    hash.update(text);
    bytes += text.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}
