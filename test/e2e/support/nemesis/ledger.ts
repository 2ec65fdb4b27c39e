import { createHash } from 'node:crypto';

/** What a client has seen, event by event, kept by nobody but the test. */
export class Ledger {
  /** Numbers that came again. */
  doubles = 0;
  /** Numbers that never came, of which nobody said so. */
  silentGaps = 0;
  /** Numbers that the service said were gone. */
  announced = 0;
  #seq = 0;
  readonly #streams = { stdout: new StreamLedger(), stderr: new StreamLedger() };

  /** A notification of that number came. */
  event(seq: number): void {
    if (seq <= this.#seq) this.doubles += 1;
    else this.silentGaps += seq - this.#seq - 1;
    this.#seq = Math.max(this.#seq, seq);
  }

  gap(from: number, to: number): void {
    this.silentGaps += Math.max(0, from - this.#seq - 1);
    this.announced += Math.max(0, to - Math.max(this.#seq, from - 1));
    this.#seq = Math.max(this.#seq, to);
  }

  output(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.#streams[stream].add(bytes);
  }

  get seq(): number {
    return this.#seq;
  }

  get streams(): { readonly stdout: Content; readonly stderr: Content } {
    const { stdout, stderr } = this.#streams;
    return { stdout: stdout.content, stderr: stderr.content };
  }
}

/** How much a stream had, and its SHA-256. */
export interface Content {
  readonly bytes: number;
  readonly sha256: string;
}

export function contentOf(text: Uint8Array | string): Content {
  const bytes = Buffer.from(text);
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

class StreamLedger {
  readonly #digest = createHash('sha256');
  #bytes = 0;

  add(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    this.#bytes += bytes.length;
  }

  get content(): Content {
    return { bytes: this.#bytes, sha256: this.#digest.copy().digest('hex') };
  }
}
