import { createHash } from 'node:crypto';
import type { Client } from './client.js';
import type { EventFrame } from './wire.js';

/** What a client got of one execution over all of its connections, as it comes: no event twice, none missing that is not named. */
export class LiveLedger {
  lastSeq = 0;
  /** Events that are named as missing. */
  readonly gaps: [from: number, to: number][] = [];
  readonly faults: string[] = [];
  completed: Readonly<Record<string, unknown>> | null = null;
  private readonly hash = createHash('sha256');
  private bytes = 0;

  constructor(readonly executionId: string) {}

  /** Takes what this client has received of it, once, and what it receives from now on. */
  follow(client: Client): void {
    for (const frame of client.frames) this.take(frame.method, frame.params);
    client.socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { method?: string; params?: unknown };
      this.take(frame.method, frame.params);
    });
  }

  /** Whether all output is what `process.completed` says of it, where nothing is missing. */
  get isExact(): boolean {
    const { bytes, sha256 } = (this.completed ?? {}) as Partial<Record<'bytes' | 'sha256', { stdout: unknown }>>;
    return bytes?.stdout === this.bytes && sha256?.stdout === this.hash.copy().digest('hex');
  }

  private take(method: string | undefined, given: unknown): void {
    const params = (given ?? {}) as EventFrame['params'] & { from?: number; to?: number; data?: string };
    if (method === undefined || params.execution_id !== this.executionId) return;
    const { seq, from = 0, to = 0 } = params;
    if (method === 'gap') {
      if (from !== this.lastSeq + 1 || to < from) this.faults.push(`gap ${from}-${to} after ${this.lastSeq}`);
      this.gaps.push([from, to]);
      this.lastSeq = to;
      return;
    }
    if (seq !== this.lastSeq + 1) this.faults.push(`${method} ${String(seq)} after ${this.lastSeq}`);
    this.lastSeq = seq;
    if (method === 'process.completed') this.completed = { ...params };
    if (method !== 'process.output') return;
    const data = Buffer.from(params.data ?? '');
    this.hash.update(data);
    this.bytes += data.length;
  }
}
