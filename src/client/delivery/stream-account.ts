import { ClientError } from '../client-error.js';
import type { OutputEvent } from '../wire/execution-event.js';
import type { StreamName } from '../wire/stream-name.js';
import { type Encoding, outputBytes } from './output-bytes.js';
import { sha256 } from './sha256.js';

/** What stands for a byte that is no UTF-8; it may have been in the output itself. */
const REPLACEMENT = '\ufffd';

/** Follows one stream of an execution and finds out whether all of it came, and nothing else. */
export class StreamAccount {
  readonly #digest = sha256();
  /** Where the next output has to begin; null while that cannot be told. */
  #offset: number | null = 0;
  /** Every byte so far was seen. */
  #isWhole = true;
  /** Every byte so far was seen as it is. */
  #isExact = true;

  constructor(
    private readonly executionId: string,
    private readonly stream: StreamName,
    private readonly encoding: Encoding,
  ) {}

  /** Something was not seen from here on. */
  skip(): void {
    this.#offset = null;
    this.#isWhole = false;
  }

  /** @throws ClientError integrity where it does not begin at the end of what came before */
  add({ data, offset, truncated }: OutputEvent): void {
    if (this.#offset !== null && offset !== this.#offset)
      this.#fail(`${this.stream} goes on at byte ${offset}, not ${this.#offset}`);
    const bytes = outputBytes(data, this.encoding);
    const isReplaced = this.encoding === 'utf8' && data.includes(REPLACEMENT);
    if (truncated) this.#isWhole = false;
    if (isReplaced) this.#isExact = false;
    this.#offset = truncated || isReplaced ? null : offset + bytes.length;
    if (this.#isWhole) this.#digest.update(bytes);
  }

  /**
   * @returns whether this is the stream for certain
   * @throws ClientError integrity where it is not
   */
  close(bytes: number, sha256Hex: string): boolean {
    if (this.#offset !== null && this.#offset !== bytes)
      this.#fail(`${this.stream} has ${bytes} bytes, of which the last came at ${this.#offset}`);
    if (!this.#isWhole) return false;
    if (this.#digest.hex() === sha256Hex) return true;
    if (this.#isExact) this.#fail(`The SHA-256 of ${this.stream} is not what the service says`);
    return false;
  }

  #fail(what: string): never {
    throw new ClientError({ kind: 'integrity', executionId: this.executionId }, what);
  }
}
