import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Bytes that wait for the disk at most; what comes then is dropped. */
const MAX_WAITING_BYTES = 8_388_608;
const BATCH_BYTES = 262_144;
const RETRY_MS = 1000;
/** Longest that the end of the service waits for the disk. */
const CLOSE_MS = 2000;

/** Never through a link, never waiting for a reader; readable, to see whether the last line is whole. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Who is told what becomes of a file. */
export interface AuditFileWatcher {
  /** Lines cannot be written from here on. `code`: the system's. */
  failed(code: string): void;
  /** They are written again. */
  recovered(): void;
  /** The line that tells how many lines are missing at its place. */
  droppedLine(count: number): string;
}

/**
 * A file that whole lines are appended to, in order, in the background. While it cannot be written, lines wait, and when
 * too many do, further ones are dropped and counted. A file that was renamed or removed is followed by a new one at its path.
 */
export class AuditFile {
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #batch = Buffer.alloc(0);
  #written = 0;
  #file: { readonly handle: FileHandle; readonly dev: number; readonly ino: number } | null = null;
  #isFailing = false;
  #work: Promise<void> | null = null;
  readonly #closing = new AbortController();

  constructor(
    private readonly path: string,
    private readonly watcher: AuditFileWatcher,
    private readonly maxWaitingBytes: number = MAX_WAITING_BYTES,
  ) {}

  /** Takes a line of ASCII that ends with a newline. */
  append(line: string): void {
    // Once it is full, half of it has to be written first: a gap is told as one.
    const room = this.#dropped === 0 ? this.maxWaitingBytes : this.maxWaitingBytes / 2;
    if (this.#waitingBytes + line.length > room) {
      this.#dropped++;
      return;
    }
    this.#tellDropped();
    this.#push(line);
    this.#begin();
  }

  /** Opens the file, or the one that is at its path by now, even if there is nothing to write. */
  check(): void {
    this.#begin();
  }

  /** Writes what waits, for two seconds at most, and closes. @returns the lines that are lost */
  async close(): Promise<number> {
    this.#tellDropped();
    this.#begin();
    this.#closing.abort();
    const patience = new AbortController();
    await Promise.race([this.#work, delay(CLOSE_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    const isIdle = this.#work === null;
    const rest = this.#batch.subarray(this.#written).toString('latin1') + this.#waiting.join('');
    if (isIdle) await this.#leave();
    return rest.split('\n').length - 1 + this.#dropped;
  }

  #push(line: string): void {
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const line = this.watcher.droppedLine(this.#dropped);
    this.#dropped = 0;
    this.#push(line);
  }

  #begin(): void {
    this.#work ??= this.#run();
  }

  async #run(): Promise<void> {
    for (;;) {
      // Lines of one turn of the event loop travel together.
      await new Promise((resolve) => setImmediate(resolve));
      try {
        await this.#write();
        this.#recover();
        this.#tellDropped();
      } catch (error) {
        this.#fail((error as NodeJS.ErrnoException).code ?? String(error));
        if (this.#closing.signal.aborted) break;
        await delay(RETRY_MS, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
        continue;
      }
      // What came since the last wait must not wait for the next line.
      if (this.#waiting.length === 0) break;
    }
    this.#work = null;
  }

  async #write(): Promise<void> {
    let handle = await this.#current();
    while (this.#written < this.#batch.length || this.#waiting.length > 0) {
      if (this.#written >= this.#batch.length) this.#fill();
      const { bytesWritten } = await handle.write(this.#batch, this.#written, this.#batch.length - this.#written);
      this.#written += bytesWritten;
      if (this.#written >= this.#batch.length) handle = await this.#current();
    }
  }

  /** Takes the next lines together. */
  #fill(): void {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && bytes < BATCH_BYTES) bytes += this.#waiting[count++]?.length ?? 0;
    this.#batch = Buffer.from(this.#waiting.splice(0, count).join(''), 'latin1');
    this.#waitingBytes -= bytes;
    this.#written = 0;
  }

  /** The file that is at the path. */
  async #current(): Promise<FileHandle> {
    const there = await stat(this.path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    });
    if (this.#file !== null && there?.ino === this.#file.ino && there.dev === this.#file.dev) return this.#file.handle;
    await this.#leave();
    const handle = await open(this.path, FLAGS, 0o600);
    try {
      const found = await handle.stat();
      await this.#prepare(handle, found);
      this.#file = { handle, dev: found.dev, ino: found.ino };
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** A line that somebody's end has cut short gets its end; a line cut by the change of files is written anew. */
  async #prepare(handle: FileHandle, found: Stats): Promise<void> {
    if (!found.isFile() && !found.isCharacterDevice())
      throw Object.assign(new Error('Not a file'), { code: 'ENOTREG' });
    const last = Buffer.alloc(1);
    if (found.isFile() && found.size > 0) await handle.read(last, 0, 1, found.size - 1);
    if (last[0] !== 0 && last[0] !== 0x0a) await handle.write('\n');
    if (this.#written > 0 && this.#written < this.#batch.length)
      this.#written = this.#batch.lastIndexOf(0x0a, this.#written - 1) + 1;
  }

  async #leave(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.handle.close();
  }

  #fail(code: string): void {
    if (!this.#isFailing) this.watcher.failed(code);
    this.#isFailing = true;
  }

  #recover(): void {
    if (this.#isFailing) this.watcher.recovered();
    this.#isFailing = false;
  }
}
