// One connection to a server. Both kinds have the same face, so that a scenario is written once:
//   run(command, {mode, onText}) → Execution      ping() → promise      pause() resume() close() terminate()
import { once } from 'node:events';
import WebSocket from 'ws';
import { now } from './clock.mjs';

/** What one command did: `started` and `ended` are promises; times are of clock.mjs, null until they happened. */
class Execution {
  sentAt = now();
  repliedAt = null;
  firstOutputAt = null;
  endedAt = null;
  pgid = null;
  failed = false;
  text = '';

  constructor(onText) {
    this.onText = onText ?? ((text) => (this.text += text));
    this.started = new Promise((resolve, reject) =>
      Object.assign(this, { resolveStarted: resolve, rejectStarted: reject }),
    );
    this.ended = new Promise((resolve, reject) => Object.assign(this, { resolveEnded: resolve, rejectEnded: reject }));
    this.started.catch(() => {});
    this.ended.catch(() => {});
  }

  start(pgid) {
    this.repliedAt = now();
    this.pgid = pgid;
    this.resolveStarted(this);
  }

  output(text) {
    this.firstOutputAt ??= now();
    this.onText(text, this);
  }

  end(completed) {
    this.endedAt = now();
    this.completed = completed;
    this.resolveEnded(this);
  }

  fail(error) {
    this.failed = true;
    this.rejectStarted(error);
    this.rejectEnded(error);
  }
}

class Session {
  execution = null;
  #waiting = [];

  constructor(socket) {
    this.socket = socket;
    socket.on('close', (code) => this.fail(new Error(`the connection closed with ${code}`)));
    socket.on('error', (error) => this.fail(error));
  }

  pause() {
    this.socket.pause();
  }

  resume() {
    this.socket.resume();
  }

  async close() {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await once(this.socket, 'close');
  }

  terminate() {
    this.socket.terminate();
  }

  fail(error) {
    this.execution?.fail(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** Answers come in the order of the questions, on both kinds of server. */
  wait() {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  answer(value) {
    this.#waiting.shift()?.resolve(value);
  }
}

/** A session of the service: JSON-RPC 2.0; `seq` of every notification is checked. */
export class ServiceSession extends Session {
  #nextId = 1;
  #calls = new Map();
  #nextSeq = 0;

  static async open(url) {
    const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
    const session = new ServiceSession(socket);
    const connected = session.wait();
    socket.on('message', (text) => session.#receive(JSON.parse(text)));
    await connected;
    return session;
  }

  run(command, { mode = 'line', onText } = {}) {
    const execution = new Execution(onText);
    this.execution = execution;
    this.#nextSeq = 1;
    this.call('execute', { command, output: { mode } }).then(
      ({ pgid }) => execution.start(pgid),
      (error) => execution.fail(error),
    );
    return execution;
  }

  ping() {
    return this.call('ping', {});
  }

  cancel() {
    return this.call('control', { type: 'CANCEL' });
  }

  call(method, params) {
    const id = this.#nextId++;
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
  }

  fail(error) {
    super.fail(error);
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }

  #receive(message) {
    if (message.method === undefined) {
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (message.error !== undefined) call?.reject(new Error(JSON.stringify(message.error)));
      else call?.resolve(message.result);
    } else if (message.method === 'connected') this.answer();
    else if (message.params?.seq !== undefined) this.#notified(message);
  }

  #notified({ method, params }) {
    const { execution } = this;
    if (params.seq !== this.#nextSeq++) this.fail(new Error(`seq ${params.seq} where ${this.#nextSeq - 1} is next`));
    if (method === 'process.output') execution.output(params.data);
    else if (method === 'process.completed') execution.end(params);
  }
}

/** A connection to bare-server.mjs. */
export class BareSession extends Session {
  static async open(url) {
    const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
    const session = new BareSession(socket);
    socket.on('message', (data, isBinary) => session.#receive(data, isBinary));
    await once(socket, 'open');
    return session;
  }

  run(command, { onText } = {}) {
    const execution = new Execution(onText);
    this.execution = execution;
    this.socket.send(JSON.stringify({ command }));
    return execution;
  }

  ping() {
    this.socket.send('{"ping":1}');
    return this.wait();
  }

  cancel() {
    this.socket.send('{"signal":"SIGTERM"}');
    return this.wait();
  }

  #receive(data, isBinary) {
    if (isBinary) return this.execution.output(data.toString());
    const message = JSON.parse(data);
    if (message.started === true) this.execution.start(message.pid);
    else if (message.exit !== undefined) this.execution.end(message);
    else this.answer(message);
  }
}
