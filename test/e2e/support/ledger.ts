import { createHash } from 'node:crypto';
import { Client } from './client.js';
import type { Completed, EventFrame, Output, StreamName } from './wire.js';

/** One row of the answer to `resume`. */
interface ResumedRow {
  readonly execution_id: string;
  readonly state: string;
  readonly first_seq: number | null;
  readonly next_seq: number | null;
  readonly gap: { readonly from: number; readonly to: number } | null;
}

export interface Resumed {
  readonly resumed: boolean;
  readonly session_id: string;
  readonly resume_token: string;
  readonly executions: readonly ResumedRow[];
}

/** A client's own account of one execution, over all connections on which it heard of it. */
export class Ledger {
  readonly events: EventFrame[] = [];
  /** Ranges that the service says it has not kept. */
  readonly gaps: { from: number; to: number }[] = [];
  lastSeq = 0;

  constructor(readonly id: string) {}

  /** Enters what a connection has brought. Throws where an event is missing without notice, or comes twice. */
  enter(client: Client): this {
    for (const event of client.eventsOf(this.id)) {
      if (event.method === 'gap') {
        const { from, to } = event.params as unknown as { from: number; to: number };
        if (from !== this.lastSeq + 1 || to < from) throw new Error(`gap ${from} to ${to} after ${this.lastSeq}`);
        this.gaps.push({ from, to });
        this.lastSeq = to;
        continue;
      }
      if (event.params.seq !== this.lastSeq + 1)
        throw new Error(`Event ${event.params.seq} (${event.method}) after ${this.lastSeq}`);
      this.lastSeq = event.params.seq;
      this.events.push(event);
    }
    return this;
  }

  get completed(): Completed | null {
    const last = this.events.at(-1);
    return last?.method === 'process.completed' ? (last.params as Completed) : null;
  }

  /** The output of a stream, put together and measured. */
  stream(name: StreamName, encoding: 'utf8' | 'base64' = 'utf8'): { readonly bytes: number; readonly sha256: string } {
    const hash = createHash('sha256');
    let bytes = 0;
    for (const { method, params } of this.events) {
      if (method !== 'process.output' || params.type !== name) continue;
      const data = Buffer.from((params as Output).data, encoding);
      hash.update(data);
      bytes += data.length;
    }
    return { bytes, sha256: hash.digest('hex') };
  }
}

/** What a client needs to come back. */
export interface Claim {
  readonly session_id: string;
  readonly resume_token: string;
}

export function claimOf(client: Client): Claim {
  const { session_id, resume_token } = client.greeting;
  return { session_id, resume_token };
}

/** Cuts the connection without a close frame; settles when nothing more can come of it. */
export async function cut(client: Client): Promise<void> {
  client.socket.terminate();
  await client.closed;
}

/** Comes back on a new connection, with what the ledgers have. */
export async function resume(
  url: string,
  claim: Claim,
  ledgers: readonly Ledger[],
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly client: Client; readonly answer: Resumed; readonly claim: Claim }> {
  const client = await Client.connect(url, { headers });
  const last_seq = Object.fromEntries(ledgers.map(({ id, lastSeq }) => [id, lastSeq]));
  const answer = (await client.request('resume', { ...claim, last_seq })) as Resumed;
  const { session_id, resume_token } = answer;
  return { client, answer, claim: { session_id, resume_token } };
}
