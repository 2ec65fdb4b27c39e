import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Logger } from '@nestjs/common';

/** Time for what changes together, such as a rename's two halves. */
const SETTLE_MS = 50;

/** What Kubernetes swaps when it updates the files of a mounted volume, each of which is a link through it. */
const VOLUME_LINK = '..data';

/**
 * Calls `look` when the file may have changed: upon events of its directory, which outlive the file (atomic renames,
 * swapped links), and every `pollMs` for changes that give none here, such as behind a link to elsewhere. One call at a
 * time, the last one after the last change. Keeps nothing alive, and ends with the signal.
 */
export class FileWatch {
  #isLooking = false;
  #isDue = false;

  constructor(
    path: string,
    pollMs: number,
    signal: AbortSignal,
    private readonly look: () => Promise<void>,
  ) {
    let settling: NodeJS.Timeout | null = null;
    const soon = (): void => {
      settling ??= setTimeout(() => {
        settling = null;
        void this.#look();
      }, SETTLE_MS).unref();
    };
    const poll = setInterval(soon, pollMs).unref();
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(poll);
        if (settling !== null) clearTimeout(settling);
      },
      { once: true },
    );
    this.#watchDirectory(path, signal, soon);
  }

  #watchDirectory(path: string, signal: AbortSignal, soon: () => void): void {
    const names: readonly (string | null)[] = [basename(path), VOLUME_LINK, null];
    const pollOnly = (error: unknown): void => {
      new Logger('Access').warn(`${dirname(path)} cannot be watched, changes are seen late: ${String(error)}`);
    };
    try {
      watch(dirname(path), { persistent: false, signal }, (_, name) => {
        if (names.includes(name)) soon();
      }).on('error', pollOnly);
    } catch (error) {
      pollOnly(error);
    }
  }

  async #look(): Promise<void> {
    this.#isDue = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#isDue) {
      this.#isDue = false;
      await this.look();
    }
    this.#isLooking = false;
  }
}
