import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/eventually.js';
import { describeRedis } from '../support/describe-redis.js';
import { LogLines } from '../support/log-lines.js';
import { RedisServer } from '../support/redis-server.js';
import { ClusterRoom, type Seen } from './support/cluster-room.js';
import { KeptLog } from './support/kept-log.js';

const LOST_EVENTS = 1_000_000_000_000;

let log: LogLines;
let server: RedisServer;
let one: ClusterRoom;
let other: ClusterRoom;

/** The log with what is put in later, each time written. */
function run(room: ClusterRoom): { readonly kept: KeptLog; readonly put: (...what: string[]) => void } {
  const kept = new KeptLog();
  kept.event('started');
  const writer = room.pump.add(kept);
  return {
    kept,
    put: (...what) => {
      for (const text of what) {
        if (text === 'completed') kept.event(text);
        else kept.output(text);
      }
      room.pump.wake(writer);
    },
  };
}

async function sees(seen: readonly Seen[], last: string): Promise<void> {
  await eventually(
    () => seen.at(-1)?.[1],
    (what) => what === last,
  );
}

describeRedis('the log of the cluster', () => {
  beforeAll(async () => {
    log = new LogLines();
    server = await RedisServer.start();
  });

  afterAll(async () => {
    await server.stop();
    log.stop();
  });

  beforeEach(async () => {
    [one, other] = await Promise.all([ClusterRoom.start(server.url), ClusterRoom.start(server.url)]);
  });

  afterEach(async () => {
    await Promise.all([one.stop(), other.stop()]);
  });

  it('is followed from another service, from the first event to the last', async () => {
    const { kept, put } = run(one);
    const { seen } = other.follow(kept.id);
    put('a');
    await sees(seen, 'a');
    put('b', 'c', 'completed');
    await sees(seen, 'completed');

    expect(seen).toEqual([
      [1, 'started'],
      [2, 'a'],
      [3, 'b'],
      [4, 'c'],
      [5, 'completed'],
    ]);
    expect(await other.register.find(kept.id)).toMatchObject({
      state: 'ended',
      lastSeq: 5,
      firstSeq: 1,
      about: { id: kept.id },
      account: { type: 'completed' },
    });
  });

  it('is read again after its end, from any event on', async () => {
    const { kept, put } = run(one);
    put('a', 'b', 'completed');
    await sees(other.follow(kept.id).seen, 'completed');

    for (const after of [0, 1, 2, 3]) {
      const { seen } = other.follow(kept.id, after);
      await sees(seen, 'completed');
      expect(seen.map(([seq]) => seq)).toEqual([1, 2, 3, 4].slice(after));
    }
  });

  it('keeps what is new and names what it dropped', async () => {
    const { kept, put } = run(one);
    for (let part = 0; part < 12; part++) put(String.fromCharCode(97 + part).repeat(1_048_576));
    put('completed');
    const first = other.follow(kept.id).seen;
    await sees(first, 'completed');
    const { seen } = other.follow(kept.id);
    await sees(seen, 'completed');

    const [gap, ...rest] = seen;
    expect(gap?.[0]).toBe(1);
    const to = Number(/^gap to (\d+)$/.exec(gap?.[1] ?? '')?.[1]);
    expect(rest.map(([seq]) => seq)).toEqual(Array.from({ length: 14 - to }, (_, index) => to + 1 + index));
    expect(rest.length).toBeGreaterThanOrEqual(8);
    expect(Number(await server.cli('MEMORY', 'USAGE', `cc_executor:cluster:execution:${kept.id}:log`))).toBeLessThan(
      11_000_000,
    );
  });

  it('is followed by many at once, each from where it is', async () => {
    const runs = Array.from({ length: 100 }, () => run(one));
    const followed = runs.map(({ kept }) => other.follow(kept.id));
    for (const { put } of runs) put('a', 'b');
    await Promise.all(followed.map(({ seen }) => sees(seen, 'b')));
    for (const { put } of runs) put('completed');
    await Promise.all(followed.map(({ seen }) => sees(seen, 'completed')));

    for (const { seen } of followed) expect(seen.map(([seq]) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('goes on where it was when the server was frozen', async () => {
    const { kept, put } = run(one);
    const { seen } = other.follow(kept.id);
    put('a');
    await sees(seen, 'a');
    await server.freeze();
    for (let part = 0; part < 50; part++) put(`${String(part)} `);
    await eventually(
      () => one.redis.state,
      (state) => state === 'down',
    );
    server.thaw();
    put('completed');
    await sees(seen, 'completed');

    expect(seen.map(([seq]) => seq)).toEqual(Array.from({ length: 53 }, (_, index) => index + 1));
  });

  it('is written again by a server that lost its memory, as far as it is kept', async () => {
    const { kept, put } = run(one);
    const { seen } = other.follow(kept.id);
    put('a', 'b');
    await sees(seen, 'b');
    const before = await other.register.find(kept.id);
    kept.drop();
    put('c');
    await server.restart();
    put('d');
    await sees(seen, 'd');
    const late = other.follow(kept.id);
    put('completed');
    await Promise.all([sees(seen, 'completed'), sees(late.seen, 'completed')]);

    expect(seen.map(([seq]) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(late.seen).toEqual([
      [1, 'gap to 3'],
      [4, 'c'],
      [5, 'd'],
      [6, 'completed'],
    ]);
    // Those who ask have a connection of their own, which may be the last to be back.
    const after = await eventually(
      () => other.register.find(kept.id).catch(() => null),
      (found) => found !== null,
    );
    expect(after?.fence).toBeGreaterThan(before?.fence ?? Infinity);
  });

  it('is lost with that memory where its service stood still before: another may have ended it', async () => {
    const kept = new KeptLog();
    kept.event('started');
    const writer = one.pump.add(kept);
    await sees(other.follow(kept.id).seen, 'started');
    await server.cli('FLUSHALL');
    writer.doubt();
    one.pump.wake(writer);
    await eventually(
      () => kept.isFenced,
      (isFenced) => isFenced,
    );

    expect(await other.register.find(kept.id)).toBeNull();
  });

  it('begins anew where that fills what is missing', async () => {
    const kept = new KeptLog();
    kept.event('started');
    const writer = one.pump.add(kept);
    const { seen } = other.follow(kept.id);
    await sees(seen, 'started');
    await server.cli('DEL', `cc_executor:cluster:execution:${kept.id}:log`);
    kept.output('a');
    void writer.rewrite();
    one.pump.wake(writer);
    await sees(seen, 'a');
    const late = other.follow(kept.id);
    await sees(late.seen, 'a');

    expect(late.seen).toEqual([
      [1, 'started'],
      [2, 'a'],
    ]);
  });

  it('expires some time after its service', async () => {
    const { kept, put } = run(one);
    await sees(other.follow(kept.id).seen, 'started');
    const keys = [`cc_executor:cluster:execution:${kept.id}`, `cc_executor:cluster:execution:${kept.id}:log`];
    for (const key of keys) expect(Number(await server.cli('PTTL', key))).toBeGreaterThan(300_000);
    put('completed');
    await sees(other.follow(kept.id).seen, 'completed');
    for (const key of keys) expect(Number(await server.cli('PTTL', key))).toBeLessThanOrEqual(300_000);
  });

  it('leaves nothing that does not expire', async () => {
    const { kept, put } = run(one);
    put('completed');
    await sees(other.follow(kept.id).seen, 'completed');
    const keys = (await server.cli('KEYS', 'cc_executor:*')) as string[];

    expect(keys.length).toBeGreaterThanOrEqual(5);
    for (const key of keys) expect([key, Number(await server.cli('PTTL', key)) > 0]).toEqual([key, true]);
  });

  it('is followed beside others that are no logs', async () => {
    const { kept, put } = run(one);
    const broken = run(one);
    const { seen } = other.follow(kept.id);
    await sees(seen, 'started');
    log.take();
    const key = `cc_executor:cluster:execution:${broken.kept.id}:log`;
    await server.cli('DEL', key);
    await server.cli('SET', key, 'nonsense');
    other.follow(broken.kept.id);
    broken.put('lost');
    put('a');
    await sees(seen, 'a');
    put('completed');
    await sees(seen, 'completed');
    await eventually(
      () => log.lines,
      (lines) => lines.some((line) => line.includes('cannot be followed')),
    );

    expect(log.take().filter((line) => line.includes('cannot be')).length).toBeLessThan(4);
  });

  it('passes over what is no entry of it', async () => {
    const { kept } = run(one);
    const { seen } = other.follow(kept.id);
    await sees(seen, 'started');
    log.take();
    await server.cli('XADD', `cc_executor:cluster:execution:${kept.id}:log`, '9-0', 'b', 'nonsense');
    await eventually(
      () => log.lines,
      (lines) => lines.some((line) => line.includes('damaged')),
    );

    expect(seen).toHaveLength(1);
  });
});

describeRedis('an execution whose service is silent', () => {
  beforeAll(async () => {
    log = new LogLines();
    server = await RedisServer.start();
    // A server that has just begun cannot know who is dead.
    await eventually(
      async () => /uptime_in_seconds:(\d+)/.exec(String(await server.cli('INFO', 'server')))?.[1],
      (seconds) => Number(seconds) >= 1,
    );
  });

  afterAll(async () => {
    await server.stop();
    log.stop();
  });

  beforeEach(async () => {
    [one, other] = await Promise.all([ClusterRoom.start(server.url), ClusterRoom.start(server.url)]);
  });

  afterEach(async () => {
    await Promise.all([one.stop(), other.stop()]);
  });

  async function declareLost(room: ClusterRoom, id: string): Promise<boolean> {
    const entry = await room.register.find(id);
    return entry !== null && (await room.register.declareLost(entry, { type: 'lost' }, '{"type":"lost"}'));
  }

  it('is not lost while its service beats', async () => {
    const { kept } = run(one);
    await sees(other.follow(kept.id).seen, 'started');

    expect(await declareLost(other, kept.id)).toBe(false);
    expect(await other.register.find(kept.id)).toMatchObject({ state: 'running', isNodeAlive: true });
  });

  it('is lost once, whoever declares it, and its service writes nothing any more', async () => {
    const third = await ClusterRoom.start(server.url);
    const { kept, put } = run(one);
    const { seen } = other.follow(kept.id);
    put('a');
    await sees(seen, 'a');
    await one.node.onApplicationShutdown();
    const outcomes = await Promise.all([other, third, other, third].map((room) => declareLost(room, kept.id)));
    put('b', 'completed');
    await sees(seen, 'lost');
    await eventually(
      () => kept.isFenced,
      (isFenced) => isFenced,
    );
    const late = other.follow(kept.id);
    await sees(late.seen, 'lost');

    expect(outcomes.filter((isMine) => isMine)).toHaveLength(1);
    expect(late.seen).toEqual([
      [1, 'started'],
      [2, 'a'],
      [3, `gap to ${2 + LOST_EVENTS - 1}`],
      [2 + LOST_EVENTS, 'lost'],
    ]);
    expect(await other.register.find(kept.id)).toMatchObject({ state: 'ended', account: { type: 'lost' } });
    await third.stop();
  });

  it('is not lost by a server that has just begun', async () => {
    const young = await RedisServer.start();
    const room = await ClusterRoom.start(young.url, { CLUSTER_LEASE: '60' });
    const { kept } = run(room);
    await sees(room.follow(kept.id).seen, 'started');
    await young.cli('DEL', `cc_executor:cluster:node:${room.node.id}`);

    expect(await declareLost(room, kept.id)).toBe(false);
    await room.stop();
    await young.stop();
  });

  it('cannot be asked for while Redis is away', async () => {
    const port = await RedisServer.freePort();
    const gone = await RedisServer.start({ port });
    const room = await ClusterRoom.start(gone.url);
    await gone.kill();
    await eventually(
      () => room.redis.state,
      (state) => state === 'down',
    );
    const from = performance.now();

    await expect(room.register.find('6f0d4a0e-0000-4000-8000-000000000000')).rejects.toMatchObject({
      kind: 'cluster-unavailable',
    });
    expect(performance.now() - from).toBeLessThan(100);
    await room.stop();
    await gone.stop();
  });
});
