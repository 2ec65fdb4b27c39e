import { Client } from './client.mjs';

/** The service: JSON-RPC 2.0. */
export class ServiceClient extends Client {
  #lastId = 0;
  #answers = new Map();
  #connected = new Promise((resolve) => (this.greet = resolve));

  greeted() {
    return this.#connected;
  }

  receive(data) {
    const { id, method, params, result, error } = JSON.parse(data);
    if (method === 'connected') this.greet((this.session = params));
    else if (method === 'process.output') this.take({ stream: params.type, text: params.data, seq: params.seq });
    else if (method === 'process.completed') this.end(params.exit_code);
    if (params?.seq !== undefined) this.lastSeq = params.seq;
    if (id === undefined) return;
    const { resolve, reject } = this.#answers.get(id);
    if (error === undefined) resolve(result);
    else reject(new Error(JSON.stringify(error)));
  }

  async run(command, { input = false } = {}) {
    const { execution_id } = await this.#call('execute', { command, stdin: input });
    this.executionId = execution_id;
  }

  write(line) {
    return this.#call('input', { data: `${line}\n` });
  }

  cancel() {
    return this.#call('control', { type: 'CANCEL' });
  }

  pause() {
    return this.#call('control', { type: 'PAUSE' });
  }

  resume() {
    return this.#call('control', { type: 'RESUME' });
  }

  async comeBack() {
    const next = await super.comeBack();
    const { session_id, resume_token } = this.session;
    await next.#call('resume', { session_id, resume_token, last_seq: { [this.executionId]: this.lastSeq } });
    return next;
  }

  #call(method, params) {
    const id = ++this.#lastId;
    this.send({ jsonrpc: '2.0', id, method, params });
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }
}
