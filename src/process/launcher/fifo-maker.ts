import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** What is told of the making of FIFOs. */
export interface FifoMakerListener {
  made(paths: readonly string[]): void;
  failed(why: string): void;
  /** A mkfifo has ended and been waited for; it had lived for so long. */
  ended(livedMs: number): void;
}

/** Makes FIFOs in a directory, each with a name of its own that begins with `prefix`. */
export class FifoMaker {
  /** The mkfifo processes under way. */
  readonly #makers = new Set<ChildProcess>();
  #count = 0;
  #stopped = false;

  constructor(
    private readonly directory: string,
    private readonly listener: FifoMakerListener,
    private readonly prefix = '',
  ) {}

  /** Makes this many more. */
  make(count: number): void {
    const paths = Array.from({ length: count }, () => join(this.directory, `${this.prefix}${String(++this.#count)}`));
    const startedAt = performance.now();
    const maker = spawn('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' });
    maker.once('error', (error) => {
      this.listener.failed(`mkfifo cannot be run: ${error.message}`);
    });
    this.#makers.add(maker);
    maker.once('exit', (code) => {
      this.#makers.delete(maker);
      this.listener.ended(performance.now() - startedAt);
      if (this.#stopped) return;
      if (code === 0) this.listener.made(paths);
      else this.listener.failed(`mkfifo failed in ${this.directory}`);
    });
  }

  /** Nothing will be made any more. */
  stop(): void {
    this.#stopped = true;
    for (const maker of this.#makers) maker.kill('SIGKILL');
  }
}
