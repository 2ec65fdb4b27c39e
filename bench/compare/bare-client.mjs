import { Client } from './client.mjs';

/** bare-server.mjs: signals to the command's process group are all the control there is. It gives a command no stdin. */
export class BareClient extends Client {
  receive(data, isBinary) {
    if (isBinary) return this.take({ stream: null, text: data.toString(), seq: null });
    const message = JSON.parse(data);
    if (message.exit !== undefined) this.end(message.exit);
  }

  run(command) {
    this.send({ command });
  }

  write() {}

  cancel() {
    this.send({ signal: 'SIGTERM' });
  }

  pause() {
    this.send({ signal: 'SIGSTOP' });
  }

  resume() {
    this.send({ signal: 'SIGCONT' });
  }
}
