import { Injectable } from '@nestjs/common';
import type { StartKey } from '../process/start-key.js';
import type { KnownExecution } from './known-execution.js';
import { SessionError } from './session-error.js';

interface Start {
  readonly digest: string;
  readonly execution: Promise<KnownExecution>;
}

/** What was started under which key, so that a request that comes again starts nothing. */
@Injectable()
export class StartLedger {
  readonly #starts = new Map<string, Start>();

  /**
   * The execution that was started under this key for this group of clients, also while that is under way; where there is
   * none, none could start or it is forgotten, the one that `begin` starts.
   * @throws SessionError idempotency-conflict where it was for another request
   * @throws what `begin` throws; then the key is free
   */
  async once(
    group: string | null,
    { key, digest }: StartKey,
    begin: () => Promise<KnownExecution>,
  ): Promise<{ readonly execution: KnownExecution; readonly isDuplicate: boolean }> {
    const place = placeOf(group, key);
    for (let start = this.#starts.get(place); start !== undefined; start = this.#starts.get(place)) {
      const execution = await started(start.execution);
      if (execution === null) continue;
      if (start.digest !== digest) throw new SessionError({ kind: 'idempotency-conflict', executionId: execution.id });
      return { execution, isDuplicate: true };
    }
    const execution = begin();
    this.#keep(place, { digest, execution });
    return { execution: await execution, isDuplicate: false };
  }

  /** What another service has started. */
  takeOver(execution: KnownExecution, { key, digest }: StartKey): void {
    this.#keep(placeOf(execution.group, key), { digest, execution: Promise.resolve(execution) });
  }

  /** From its begin until its execution is forgotten; one that fails is not kept. */
  #keep(place: string, start: Start): void {
    this.#starts.set(place, start);
    const forget = (): void => {
      this.#starts.delete(place);
    };
    void start.execution.then((execution) => {
      execution.onForgotten(forget);
    }, forget);
  }
}

/** No name of a group has a space in it. */
function placeOf(group: string | null, key: string): string {
  return `${group ?? ''} ${key}`;
}

async function started(execution: Promise<KnownExecution>): Promise<KnownExecution | null> {
  try {
    return await execution;
  } catch {
    // Who asked first is told why.
    return null;
  }
}
