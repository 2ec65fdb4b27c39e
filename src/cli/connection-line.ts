import type { ConnectionChange } from '../client/connection/connection-change.js';

/** An outage as one line: its beginning where a person looks on, and its end. */
export class ConnectionLine {
  #begun: string | null = null;

  constructor(private readonly output: { write(text: string): unknown; readonly isTTY?: boolean }) {}

  show(change: ConnectionChange): void {
    switch (change.state) {
      case 'lost':
        this.#begun = `The connection was lost (${String(change.code)}), connecting again …`;
        if (this.output.isTTY === true) this.output.write(this.#begun);
        break;
      case 'restored': {
        const begun = this.output.isTTY === true ? '' : (this.#begun ?? '');
        const session = change.resumed ? '' : ', to a new session';
        this.output.write(`${begun} back after ${(change.outageMs / 1000).toFixed(1)} s${session}\n`);
        this.#begun = null;
        break;
      }
      case 'waiting':
        break;
    }
  }
}
