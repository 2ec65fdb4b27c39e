import { ClientError } from '../client/client-error.js';
import type { RemoteExecution } from '../client/remote-execution.js';
import { RpcError } from '../client/rpc-error.js';

/** One Ctrl-C may arrive twice, from the terminal and from npm. */
const SAME_SIGNAL_MS = 500;
const EXIT_INTERRUPTED = 130;

/**
 * Gives a command the signals of this program: SIGINT and SIGTERM cancel it, a second one kills it, a third ends this
 * program as it is; SIGTSTP pauses both, and SIGCONT goes on with both.
 */
export class TerminalSignals {
  #execution: RemoteExecution | null = null;
  #stops = 0;
  #stoppedAt = -Infinity;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        this.#stop();
      });
    }
    process.on('SIGTSTP', () => void this.#pause());
  }

  /** A stop that came before goes to it too. */
  goTo(execution: RemoteExecution): void {
    this.#execution = execution;
    if (this.#stops > 0) void this.#ask((each) => each.cancel());
  }

  #stop(): void {
    if (performance.now() - this.#stoppedAt < SAME_SIGNAL_MS) return;
    this.#stoppedAt = performance.now();
    this.#stops += 1;
    if (this.#stops === 1) void this.#ask((execution) => execution.cancel());
    else if (this.#stops === 2) void this.#ask((execution) => execution.signal('SIGKILL'));
    else process.exit(EXIT_INTERRUPTED);
  }

  async #pause(): Promise<void> {
    await this.#ask((execution) => execution.pause());
    process.once('SIGCONT', () => void this.#ask((execution) => execution.resume()));
    process.kill(process.pid, 'SIGSTOP');
  }

  /** The command may have ended meanwhile, or be lost: that is told by its end. */
  async #ask(what: (execution: RemoteExecution) => Promise<void>): Promise<void> {
    if (this.#execution === null) return;
    try {
      await what(this.#execution);
    } catch (error) {
      if (RpcError.is(error, 'not-running') || error instanceof ClientError) return;
      process.stderr.write(`${String(error)}\n`);
    }
  }
}
