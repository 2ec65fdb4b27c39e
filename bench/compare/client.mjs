// One connection to one of the servers that are compared, with the same face for all of them:
//   run(command, {input?})  write(line)  cancel()  pause()  resume()  comeBack()      saw(pattern), ended: promises
// Where a server has nothing for one of them, its client does the nearest that the server's interface gives.
import { once } from 'node:events';
import { connect } from 'node:net';
import WebSocket from 'ws';

export class Client {
  /** What has come of the command's output: {stream, text, seq}; null where the server does not tell. */
  pieces = [];
  /** What its end tells: {exitCode}, null where the server does not tell it. */
  ended = new Promise((resolve) => (this.end = (exitCode) => resolve({ exitCode })));
  #looks = new Set();

  /** Resolves when the upgrade is done. Rejects where it is refused. */
  static async open(url, { origin } = {}) {
    let tcp;
    const createConnection = (options) => (tcp = connect(options));
    const socket = new WebSocket(url, { perMessageDeflate: false, origin, createConnection });
    const client = new this(url, socket);
    socket.on('message', (data, isBinary) => client.receive(data, isBinary));
    socket.on('close', (_code, reason) => client.closed(reason.toString()));
    await once(socket, 'open');
    socket.on('error', () => {});
    client.tcp = tcp;
    await client.greeted();
    return client;
  }

  constructor(url, socket) {
    this.url = url;
    this.socket = socket;
  }

  /** Resolves when commands may be sent. */
  greeted() {}

  closed() {
    this.end(null);
  }

  take(piece) {
    this.pieces.push(piece);
    for (const look of this.#looks) look();
  }

  get text() {
    return this.pieces.map(({ text }) => text).join('');
  }

  /** Resolves with the first match in the output; never, where there is none. */
  saw(pattern) {
    return new Promise((resolve) => {
      const look = () => {
        const match = pattern.exec(this.text);
        if (match === null) return;
        this.#looks.delete(look);
        resolve(match);
      };
      this.#looks.add(look);
      look();
    });
  }

  send(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Stops reading, and keeps nothing of what comes. */
  stall() {
    this.take = () => {};
    this.socket.pause();
  }

  /** Resets the TCP connection: no close frame, what is on its way is lost. */
  reset() {
    this.tcp.resetAndDestroy();
  }

  async close() {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.resume();
    this.socket.close();
    await once(this.socket, 'close');
  }

  /** A new connection that takes up what this one has left, as far as the server knows of that. */
  async comeBack() {
    return this.constructor.open(this.url);
  }
}
