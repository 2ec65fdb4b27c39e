import { createHash } from 'node:crypto';
import WebSocket from 'ws';
import { sleep } from '../harness/clock.mjs';
import { knownCommand } from './known-command.mjs';

const RETRY_MS = 50;

/** A client that keeps so many known commands running, comes back whenever its connection ends, and checks all it gets. */
export class ReturningClient {
  /** By number, until they have ended. */
  #commands = new Map();
  /** By the id of their execution. */
  #byId = new Map();
  #claim = null;
  #socket = null;
  #closed = null;
  #calls = new Map();
  /** Events of executions whose command is not known yet. */
  #unknown = new Map();
  #nextId = 1;
  #isLast = false;
  #nextNumber = 1;
  ended = 0;
  resumptions = 0;
  /** What was wrong, one sentence each. */
  faults = [];

  constructor(url, count, random) {
    this.url = url;
    this.count = count;
    this.random = random;
  }

  /** Runs until `finish` is called and everything has ended. */
  async run() {
    while (!this.#isLast || this.#commands.size > 0) {
      try {
        await this.#connect();
      } catch {
        // The service is away, or has just gone.
        this.#socket.terminate();
      }
      await this.#closed;
      await sleep(RETRY_MS);
    }
  }

  /** Nothing new is started. */
  finish() {
    this.#isLast = true;
    if (this.#commands.size === 0) this.#socket?.close();
  }

  /** What has not ended. */
  get open() {
    return [...this.#commands.values()].map(({ number, id, lastSeq }) => `${number} (${id}) after ${lastSeq}`);
  }

  async #connect() {
    const socket = new WebSocket(this.url, { perMessageDeflate: false });
    this.#socket = socket;
    socket.on('error', () => {});
    this.#closed = new Promise((resolve) => socket.once('close', resolve)).then(() => {
      for (const { reject } of this.#calls.values()) reject(new Error('the connection has ended'));
      this.#calls.clear();
      this.#unknown.clear();
      for (const command of this.#commands.values()) command.isAsked = false;
    });
    const greeted = new Promise((resolve, reject) => {
      socket.once('close', () => reject(new Error('no greeting')));
      socket.on('message', (text) => {
        for (const message of [JSON.parse(text)].flat()) this.#receive(message, resolve);
      });
    });
    const greeting = await greeted;
    if (this.#claim === null) this.#claim = claimOf(greeting);
    else await this.#resume();
    this.#fill();
  }

  async #resume() {
    const last_seq = Object.fromEntries([...this.#byId].map(([id, { lastSeq }]) => [id, lastSeq]));
    let answer;
    try {
      answer = await this.#call('resume', { ...this.#claim, last_seq });
    } catch (error) {
      if (typeof error.code === 'number') this.faults.push(`resume is refused: ${JSON.stringify(error)}`);
      throw error;
    }
    this.resumptions++;
    this.#claim = claimOf(answer);
    const found = new Set(answer.executions.map(({ execution_id }) => execution_id));
    for (const [id, { number }] of this.#byId) if (!found.has(id)) this.faults.push(`command ${number} is lost`);
    for (const { gap } of answer.executions) if (gap !== null) this.faults.push(`a gap: ${JSON.stringify(gap)}`);
    // A start whose answer was lost may have happened, or not.
    for (const id of found) {
      if (this.#byId.has(id)) continue;
      const { labels } = await this.#call('status', { execution_id: id });
      const command = this.#commands.get(Number(labels.number));
      if (command !== undefined && command.id === null) this.#name(command, id);
    }
    for (const command of this.#commands.values()) if (command.id === null && !command.isAsked) this.#start(command);
  }

  #fill() {
    while (!this.#isLast && this.#commands.size < this.count) {
      const number = this.#nextNumber++;
      const hashes = { stdout: createHash('sha256'), stderr: createHash('sha256') };
      const command = { number, ...knownCommand(number, this.random), hashes, id: null, lastSeq: 0, early: [] };
      this.#commands.set(number, command);
      this.#start(command);
    }
  }

  #start(command) {
    command.isAsked = true;
    this.#call('execute', command.params).then(
      ({ execution_id }) => this.#name(command, execution_id),
      (error) => {
        if (typeof error.code === 'number') this.faults.push(`execute is refused: ${JSON.stringify(error)}`);
      },
    );
  }

  #name(command, id) {
    command.id = id;
    this.#byId.set(id, command);
    for (const params of this.#unknown.get(id) ?? []) this.#take(command, params);
    this.#unknown.delete(id);
  }

  #call(method, params) {
    const id = this.#nextId++;
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
  }

  #receive(message, greet) {
    const { id, result, error, method, params } = message;
    if (method === 'connected') greet(params);
    else if (method === undefined) {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(error);
    } else if (method === 'gap') this.faults.push(`a gap: ${JSON.stringify(params)}`);
    else if (params?.seq !== undefined) {
      const command = this.#byId.get(params.execution_id);
      const event = { method, ...params };
      if (command !== undefined) this.#take(command, event);
      else this.#unknown.set(params.execution_id, [...(this.#unknown.get(params.execution_id) ?? []), event]);
    }
  }

  #take(command, event) {
    if (event.seq !== command.lastSeq + 1)
      this.faults.push(`command ${command.number}: ${event.seq} after ${command.lastSeq}`);
    command.lastSeq = event.seq;
    if (event.method === 'process.output') command.hashes[event.type].update(Buffer.from(event.data, command.encoding));
    else if (event.method === 'process.completed') this.#end(command, event);
  }

  #end(command, completed) {
    const { number, exitCode, expected, hashes, id } = command;
    if (completed.exit_code !== exitCode)
      this.faults.push(`command ${number} ended with ${completed.exit_code} (${completed.reason}), not ${exitCode}`);
    for (const stream of ['stdout', 'stderr']) {
      const got = hashes[stream].digest('hex');
      if (got !== expected[stream]) this.faults.push(`command ${number}: ${stream} is not what it printed`);
      if (completed.sha256[stream] !== expected[stream])
        this.faults.push(`command ${number}: the digest of ${stream} is not that of what it printed`);
    }
    this.#commands.delete(number);
    this.#byId.delete(id);
    this.ended++;
    this.#fill();
    if (this.#isLast && this.#commands.size === 0) this.#socket.close();
  }
}

function claimOf({ session_id, resume_token }) {
  return { session_id, resume_token };
}
