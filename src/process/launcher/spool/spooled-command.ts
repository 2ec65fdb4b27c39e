import { CommandStdin } from '../../command-stdin.js';
import { openPipes } from '../../open-pipes.js';
import type { KeptCommand, Report, SpawnOrder, Spooling } from '../order.js';
import { SpooledOutput } from './spooled-output.js';

/**
 * A command whose pipes this process has, and all that was told of it: whoever asks for it later finds it as one would who
 * was there.
 */
export class SpooledCommand {
  readonly #output: SpooledOutput;
  readonly #stdin: CommandStdin | null;
  readonly #reports: Report[] = [];
  #pid: number | null = null;

  /** @throws ProcessError start-refused, or the system's error; then nothing of it is open */
  constructor(
    private readonly order: SpawnOrder,
    private readonly spooling: Spooling,
    private readonly tell: (report: Report) => void,
  ) {
    const { id, stdin, stdout, stderr } = order;
    const ends = openPipes(stdin, stdout, stderr);
    const { directory, maxOutputBytes } = spooling;
    this.#stdin = ends.stdin === null ? null : new CommandStdin(ends.stdin.writeEnd, ends.stdin.fifo);
    this.#output = new SpooledOutput(ends, directory, maxOutputBytes, (bytes) => {
      tell({ report: 'spooled', id, bytes });
    });
  }

  /** The command runs. */
  start(pid: number): void {
    this.#pid = pid;
    const { input } = this.spooling;
    if (input !== null) this.input(input, true);
    this.#output.start();
  }

  /** Something was told of it, which is told again to those who ask later. */
  note(report: Report): void {
    this.#reports.push(report);
  }

  /** Null where it does not run, and has not. */
  get kept(): KeptCommand | null {
    if (this.#pid === null) return null;
    const { id } = this.order;
    const isInputOpen = this.#stdin?.isOpen ?? false;
    return { id, pid: this.#pid, isInputOpen, spooledBytes: this.#output.bytes, reports: this.#reports };
  }

  /** @param data base64 */
  input(data: string, eof: boolean): void {
    const { id } = this.order;
    const bytes = Buffer.from(data, 'base64');
    this.#stdin?.write(bytes, (error) => {
      this.tell({ report: 'taken', id, bytes: bytes.length, isClosed: (error ?? null) !== null });
    });
    if (eof) this.#stdin?.end();
  }

  closeInput(): void {
    this.#stdin?.close();
  }

  consumed(bytes: number): void {
    this.#output.consumed(bytes);
  }

  output(act: 'discard' | 'close'): void {
    if (act === 'discard') this.#output.discard();
    else this.#output.closeOutput();
  }

  /** Nobody asks for it any more. */
  close(): void {
    this.#stdin?.close();
    this.#output.close();
  }
}
