import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Delivery } from '../../../../src/client/delivery/delivery.js';
import type { ExecutionEvent } from '../../../../src/client/wire/execution-event.js';
import { EXECUTION_ID, account } from '../support/account.js';

function delivery(encoding: 'utf8' | 'base64' = 'utf8', afterSeq = 0): Delivery {
  return new Delivery(EXECUTION_ID, encoding, afterSeq, 1_000_000);
}

function give(to: Delivery, notifications: ReturnType<typeof account>): void {
  for (const { method, params } of notifications) to.receive(method, params);
}

async function all(from: Delivery): Promise<ExecutionEvent[]> {
  const events: ExecutionEvent[] = [];
  for await (const event of from.buffer.read()) events.push(event);
  return events;
}

const seqs = (events: readonly ExecutionEvent[]): unknown[] =>
  events.map((event) => (event.type === 'gap' ? [event.from, event.to] : event.seq));

describe('a delivery', () => {
  it('gives each notification once and in order, however often and from where on the service begins again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1 }), { maxLength: 8 }),
        fc.array(fc.tuple(fc.nat(10), fc.nat(10)), { maxLength: 5 }),
        async (pieces, cuts) => {
          const notifications = account(pieces.map((piece) => Buffer.from(piece)));
          const receiver = delivery();
          // What a connection brings before it is cut: from somewhere in what is known to somewhere beyond it.
          for (const [back, on] of cuts)
            give(receiver, notifications.slice(Math.max(0, receiver.seq - back), receiver.seq + on));
          give(receiver, notifications.slice(receiver.seq));

          expect(seqs(await all(receiver))).toEqual(notifications.map((_, index) => index + 1));
          await expect(receiver.done).resolves.toMatchObject({ verified: { stdout: true, stderr: true } });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('ends with an error where a notification is missing and nobody says so', async () => {
    const receiver = delivery();
    give(receiver, account(['a', 'b', 'c']).toSpliced(2, 1));

    await expect(receiver.done).rejects.toMatchObject({ fault: { kind: 'sequence-gap', expected: 3, seq: 4 } });
    await expect(all(receiver)).rejects.toMatchObject({ kind: 'sequence-gap' });
  });

  it.each([
    ['all of them new', { from: 3, to: 4 }, [1, 2, [3, 4], 5]],
    ['some of which came before', { from: 1, to: 4 }, [1, 2, [3, 4], 5]],
    ['all of which came before', { from: 1, to: 2 }, 'sequence-gap'],
    ['that begins too late', { from: 4, to: 4 }, 'sequence-gap'],
  ])('passes a gap on, %s', async (_, gap, expected) => {
    const receiver = delivery();
    const [started, first, , , completed] = account(['a', 'b', 'c']);
    give(receiver, [started!, first!]);
    receiver.receive('gap', gap);
    give(receiver, [completed!]);

    if (typeof expected === 'string') await expect(receiver.done).rejects.toMatchObject({ kind: expected });
    else {
      expect(seqs(await all(receiver))).toEqual(expected);
      await expect(receiver.done).resolves.toMatchObject({ verified: { stdout: false, stderr: false } });
    }
  });

  it('does not vouch for streams whose beginning it has not seen', async () => {
    const receiver = delivery('utf8', 2);
    give(receiver, account(['a', 'b']).slice(2));

    await expect(receiver.done).resolves.toMatchObject({ verified: { stdout: false } });
  });

  it.each<[string, 'utf8' | 'base64', (string | Buffer)[], boolean]>([
    ['text', 'utf8', ['ä\n', '€'], true],
    ['text in which U+FFFD was printed', 'utf8', ['\ufffd'], true],
    ['bytes that are no text', 'utf8', [Buffer.from([0xff]), 'x'], false],
    ['bytes that are no text, as base64', 'base64', [Buffer.from([0xff, 0]), 'x'], true],
  ])('knows whether it has the stream: %s', async (_, encoding, pieces, verified) => {
    const receiver = delivery(encoding);
    give(receiver, account(pieces, encoding));

    await expect(receiver.done).resolves.toMatchObject({ verified: { stdout: verified, stderr: true } });
  });

  it('does not vouch for a stream with a cut line', async () => {
    const [started, output, completed] = account(['long\n']);
    const receiver = delivery();
    give(receiver, [
      started!,
      { ...output!, params: { ...output!.params, data: 'lo...\n', truncated: true } },
      completed!,
    ]);

    await expect(receiver.done).resolves.toMatchObject({ verified: { stdout: false, stderr: true } });
  });

  it.each<[string, string, object]>([
    ['other bytes', 'process.output', { data: 'b' }],
    ['more bytes', 'process.output', { data: 'aa' }],
    ['another offset', 'process.output', { offset: 1 }],
    ['another length', 'process.completed', { bytes: { stdout: 2, stderr: 0 } }],
    ['another last number', 'process.completed', { seq_last: 4 }],
  ])('refuses %s than the account has', async (_, method, change) => {
    const receiver = delivery();
    for (const { method: name, params } of account(['a']))
      receiver.receive(name, name === method ? { ...params, ...change } : params);

    await expect(receiver.done).rejects.toMatchObject({ kind: 'integrity' });
  });

  it.each<[string, unknown]>([
    ['process.output', { seq: 1, type: 'stdin', data: '', offset: 0 }],
    ['process.output', { seq: 1, type: 'stdout', data: 1, offset: 0 }],
    ['process.output', { seq: 0 }],
    ['process.output', { seq: '1' }],
    ['process.output', []],
    ['process.started', { seq: 1.5 }],
    ['process.completed', { seq: 1 }],
    ['gap', { from: 2, to: 1 }],
  ])('refuses a malformed %s, %j', async (method, params) => {
    const receiver = delivery();
    receiver.receive(method, params);

    await expect(receiver.done).rejects.toMatchObject({ kind: 'protocol' });
  });

  it('passes on what it does not know', async () => {
    const receiver = delivery();
    receiver.receive('process.moved', { seq: 1, to: 'there' });
    receiver.fail(new Error('over'));
    const { value } = await receiver.buffer.read().next();

    expect(value).toEqual({ type: 'notice', seq: 1, method: 'process.moved', params: { seq: 1, to: 'there' } });
  });
});
