import { describe, expect, it } from '@jest/globals';
import { EventBuffer } from '../../../../src/client/delivery/event-buffer.js';
import type { ExecutionEvent } from '../../../../src/client/wire/execution-event.js';

const LIMIT = 1000;
/** Four of these are over the limit: an event costs 256 beside its data. */
const PIECE = 'x'.repeat(100);

function output(seq: number): ExecutionEvent {
  const rest = { stream: 'stdout', offset: 0, truncated: false, chunk_index: null, total_chunks: null } as const;
  return { type: 'output', seq, data: PIECE, ...rest };
}

function filled(count: number): EventBuffer {
  const buffer = new EventBuffer(LIMIT);
  for (let seq = 1; seq <= count; seq++) buffer.push(output(seq));
  return buffer;
}

async function rest(reader: AsyncGenerator<ExecutionEvent, void>): Promise<unknown[]> {
  const seqs: unknown[] = [];
  for await (const event of reader) seqs.push(event.type === 'gap' ? [event.from, event.to] : event.seq);
  return seqs;
}

describe('an event buffer', () => {
  it('keeps all for its first reader, and is full meanwhile', async () => {
    const buffer = filled(5);
    expect(buffer.isFull).toBe(true);
    buffer.end(null);

    expect(await rest(buffer.read())).toEqual([1, 2, 3, 4, 5]);
  });

  it('has room again when its reader has read', async () => {
    const buffer = filled(4);
    const reader = buffer.read();
    await reader.next();
    expect(buffer.isFull).toBe(true);
    await reader.next();
    expect(buffer.isFull).toBe(false);
  });

  it('is as full as its slowest reader is behind', async () => {
    const buffer = filled(1);
    const [fast, slow] = [buffer.read(), buffer.read()];
    await Promise.all([fast.next(), slow.next()]);
    for (let seq = 2; seq <= 5; seq++) {
      buffer.push(output(seq));
      await fast.next();
    }
    expect(buffer.isFull).toBe(true);
    await slow.return();
    expect(buffer.isFull).toBe(false);
  });

  it('tells a late reader what has gone', async () => {
    const buffer = filled(2);
    buffer.release();
    for (let seq = 3; seq <= 9; seq++) buffer.push(output(seq));
    expect(buffer.isFull).toBe(false);
    buffer.end(null);

    expect(await rest(buffer.read())).toEqual([[1, 7], 8, 9]);
  });

  it('gives what fits to any number of late readers', async () => {
    const buffer = filled(2);
    buffer.end(null);

    expect(await rest(buffer.read())).toEqual([1, 2]);
    expect(await rest(buffer.read())).toEqual([1, 2]);
  });

  it('wakes readers for what comes and for the end', async () => {
    const buffer = filled(0);
    const reading = rest(buffer.read());
    buffer.push(output(1));
    buffer.end(null);

    expect(await reading).toEqual([1]);
  });

  it('gives what came before it ends with an error', async () => {
    const buffer = filled(1);
    buffer.end(new Error('lost'));
    const reader = buffer.read();

    expect((await reader.next()).done).toBe(false);
    await expect(reader.next()).rejects.toThrow('lost');
  });

  it('is not full of what nobody will read', () => {
    const buffer = filled(9);
    buffer.release();

    expect(buffer.isFull).toBe(false);
  });
});
