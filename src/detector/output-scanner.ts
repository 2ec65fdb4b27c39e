import type { DetectorKind } from '../config/detector-entry.js';
import { HeldBytes } from '../stream/held-bytes.js';
import type { StreamName } from '../stream/output-options.js';
import type { Finding } from './finding.js';
import type { LineBudget } from './line-budget.js';
import type { LineDetectors } from './line-detectors.js';

const NEWLINE = 10;
const BRACE = 0x7b;

/** Findings of one kind that are told of one execution; of a completion the first one. */
const MAX_FINDINGS = 20;

/** Lines that may hold something and are read closely: so many, and one more for so many bytes of their stream. */
const MIN_CLOSE_LOOKS = 64;
const BYTES_PER_LOOK = 256;

/**
 * Reads the output of one execution as it comes. What it finds does not depend on how the output is cut. It holds back the
 * looked-at part of one unfinished line for each stream, and costs nothing once it has found all that is told.
 */
export class OutputScanner {
  readonly #wanted: Map<DetectorKind, number>;
  readonly #streams: Readonly<Record<StreamName, Looks>>;

  constructor(
    private readonly detectors: LineDetectors,
    private readonly onFinding: (finding: Finding) => void,
  ) {
    this.#wanted = new Map([...detectors.kinds].map((kind) => [kind, kind === 'completion' ? 1 : MAX_FINDINGS]));
    const { budget } = detectors;
    this.#streams = { stdout: new Looks('stdout', budget), stderr: new Looks('stderr', budget) };
  }

  /** Takes output in the order of its stream; keeps no reference to it. */
  push(stream: StreamName, data: Buffer): void {
    if (this.#wanted.size === 0) return;
    const looks = this.#streams[stream];
    let from = 0;
    if (looks.isWithinLine) {
      from = data.indexOf(NEWLINE) + 1;
      looks.hold(from === 0 ? data : data.subarray(0, from));
      if (from === 0) return;
      this.#readHeld(looks);
    }
    const end = data.at(-1) === NEWLINE ? data.length : data.lastIndexOf(NEWLINE) + 1;
    if (from < end) this.#readLines(looks, data, from, end);
    if (end < data.length) looks.hold(data.subarray(Math.max(from, end)));
  }

  /** The output has ended: what is held back is all there is of its line. */
  end(): void {
    for (const looks of Object.values(this.#streams)) if (looks.isWithinLine) this.#readHeld(looks);
  }

  /** Whole lines. Where one of them holds something, the next look begins after it. */
  #readLines(looks: Looks, data: Buffer, from: number, end: number): void {
    const { filter } = this.detectors;
    let next = filter.mayHave(data, from, end) ? from : end;
    for (let found = filter.find(data, next, end); found !== -1; found = filter.find(data, next, end)) {
      const start = Math.max(next, data.lastIndexOf(NEWLINE, found) + 1);
      next = data.indexOf(NEWLINE, found) + 1;
      const line = data.subarray(start, Math.min(next, start + looks.room(data[start])));
      if (filter.isIn(line) && looks.take(start - from)) this.#read(looks, line);
      if (this.#wanted.size === 0) return;
    }
    looks.pass(end - from);
  }

  #readHeld(looks: Looks): void {
    const line = looks.held();
    if (this.detectors.filter.isIn(line) && looks.take(0)) this.#read(looks, line);
    looks.passHeld();
  }

  #read({ stream }: Looks, line: Buffer): void {
    for (const finding of this.detectors.read(line, stream, new Set(this.#wanted.keys()))) {
      const left = (this.#wanted.get(finding.kind) ?? 1) - 1;
      if (left > 0) this.#wanted.set(finding.kind, left);
      else this.#wanted.delete(finding.kind);
      this.onFinding(finding);
    }
  }
}

/** Where in a stream the reading is: the looks it has left, and the first part of a line whose end has not come. */
class Looks {
  readonly #held = new HeldBytes();
  #heldBytes = 0;
  #first: number | undefined;
  #offset = 0;
  #taken = 0;

  constructor(
    readonly stream: StreamName,
    private readonly budget: LineBudget,
  ) {}

  get isWithinLine(): boolean {
    return this.#heldBytes > 0;
  }

  hold(part: Buffer): void {
    if (this.#heldBytes === 0) this.#first = part[0];
    this.#heldBytes += part.length;
    const room = this.room(this.#first) - this.#held.length;
    if (room > 0) this.#held.append(part.subarray(0, room));
  }

  /** The part of the held line that is looked at. */
  held(): Buffer {
    return this.#held.take();
  }

  passHeld(): void {
    this.#offset += this.#heldBytes;
    this.#heldBytes = 0;
  }

  pass(bytes: number): void {
    this.#offset += bytes;
  }

  /** Whether the line that begins so many bytes on may be read closely. */
  take(ahead: number): boolean {
    if (this.#taken >= MIN_CLOSE_LOOKS + (this.#offset + ahead) / BYTES_PER_LOOK) return false;
    this.#taken++;
    return true;
  }

  /** Bytes that are looked at of a line that begins with this one. */
  room(first: number | undefined): number {
    return first === BRACE ? this.budget.jsonBytes : this.budget.lineBytes;
  }
}
