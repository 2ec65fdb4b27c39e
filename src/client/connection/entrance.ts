import { delay } from '../delay.js';
import { RpcError } from '../rpc-error.js';
import type { Greeting } from '../wire/greeting.js';
import { readResumption } from '../wire/resumption.js';
import { Backoff } from './backoff.js';
import { Connection } from './connection.js';
import type { LinkOptions } from './link-options.js';
import { isPassing, retryAfterMs } from './refusal.js';

/** A connection that is in a session. */
export interface Entry {
  readonly connection: Connection;
  readonly greeting: Greeting;
  /** Whether the session is the one before, gone on with; one that is not found any more is replaced by a new one. */
  readonly session: 'first' | 'resumed' | 'replaced';
}

const MOST_DOUBLINGS = 3;

/** The way into the session: its first connection opens it, each later one resumes it. */
export class Entrance {
  #session: { readonly id: string; readonly resumeToken: string } | null = null;
  #attempts = 0;
  /** Attempts in vain since the last that was not. */
  #failures = 0;
  readonly #backoff: Backoff;

  constructor(private readonly options: LinkOptions) {
    this.#backoff = new Backoff(options.reconnect ?? { initialDelayMs: 0, maxDelayMs: 0 }, options.random);
  }

  /** Empty before the first connection. */
  get sessionId(): string {
    return this.#session?.id ?? '';
  }

  /** A connection was lost, after that time. */
  lasted(ms: number): void {
    this.#backoff.lasted(ms);
  }

  /**
   * Enters, however many attempts it takes.
   * @throws what the last of them failed with: what Connection.open and `resume` throw, but for a session that is gone
   */
  async enterAtLast(isAtOnce: boolean, signal: AbortSignal): Promise<Entry> {
    const { reconnect, owner } = this.options;
    const until = performance.now() + (reconnect?.giveUpAfterMs ?? 0);
    if (!isAtOnce) await delay(this.#backoff.next(), signal);
    for (;;) {
      try {
        return await this.#enter(signal);
      } catch (error) {
        const delayMs = Math.max(this.#backoff.next(), retryAfterMs(error));
        if (!isPassing(error) || signal.aborted || performance.now() + delayMs > until) throw error;
        owner.changed({ state: 'waiting', delayMs, error });
        await delay(delayMs, signal);
      }
    }
  }

  /** One attempt for each address. @throws the last one's error */
  async enterAnywhere(signal: AbortSignal): Promise<Entry> {
    for (let left = this.options.urls.length; ; left -= 1) {
      try {
        return await this.#enter(signal);
      } catch (error) {
        if (left <= 1 || !isPassing(error) || signal.aborted) throw error;
      }
    }
  }

  /** Makes one attempt, at the next of the addresses. */
  async #enter(signal: AbortSignal): Promise<Entry> {
    const { urls, owner } = this.options;
    const url = urls[this.#attempts++ % urls.length] ?? '';
    const onNotification = owner.notified.bind(owner);
    const times = { ...this.#patientTimes(), onNotification };
    this.#failures += 1;
    const { connection, greeting } = await Connection.open(url, { ...this.options, ...times }, signal);
    try {
      const session = this.#session === null ? 'first' : await this.#resume(connection, greeting, this.#session);
      if (session !== 'resumed') this.#session = { id: greeting.session_id, resumeToken: greeting.resume_token };
      this.#failures = 0;
      return { connection, greeting, session };
    } catch (error) {
      connection.drop();
      throw error;
    }
  }

  /** Longer after each attempt in vain: a service that is slow for its load would be asked again and again for nothing. */
  #patientTimes(): Pick<LinkOptions, 'connectTimeoutMs' | 'silenceMs' | 'deadlineMs'> {
    const { connectTimeoutMs, silenceMs, deadlineMs } = this.options;
    const factor = 2 ** Math.min(this.#failures, MOST_DOUBLINGS);
    return {
      connectTimeoutMs: connectTimeoutMs * factor,
      silenceMs: silenceMs === null ? null : silenceMs * factor,
      deadlineMs: deadlineMs * factor,
    };
  }

  async #resume(
    connection: Connection,
    { capabilities }: Greeting,
    { id, resumeToken }: { readonly id: string; readonly resumeToken: string },
  ): Promise<'resumed' | 'replaced'> {
    if (!capabilities.includes('resume')) return 'replaced';
    const params = { session_id: id, resume_token: resumeToken, last_seq: this.options.owner.lastSeqs() };
    try {
      await connection.call('resume', params, (result) => {
        const resumption = readResumption(result);
        // Where this answer is lost the service still takes the token it was asked with.
        this.#session = { id, resumeToken: resumption.resumeToken ?? resumeToken };
        this.options.owner.resumed(resumption);
      });
      return 'resumed';
    } catch (error) {
      if (RpcError.is(error, 'resume-rejected')) return 'replaced';
      throw error;
    }
  }
}
