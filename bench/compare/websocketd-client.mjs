import { Client } from './client.mjs';

/** `websocketd bash`: a message is a line of a shell's stdin, a line of its stdout is a message. The connection is the command. */
export class WebsocketdClient extends Client {
  receive(data) {
    this.take({ stream: null, text: `${data.toString()}\n`, seq: null });
  }

  /** An exit code could come with the close frame. */
  closed(reason) {
    this.end(/^\d+$/.test(reason) ? Number(reason) : null);
  }

  run(command) {
    this.send(`${command}; exit`);
  }

  write(line) {
    this.send(line);
  }

  /** To leave is the only way to end a command. */
  cancel() {
    this.socket.close();
  }

  /** What a terminal stops by: all that can be sent is input. */
  pause() {
    this.send('\x1a');
  }

  resume() {
    this.send('\x11');
  }
}
