import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type * as Fault from '../../src/cluster/node/remote-fault.js';
import { eventually } from '../e2e/support/eventually.js';
import { built } from '../support/built.js';
import { describeRedis } from '../support/describe-redis.js';
import { LogLines } from '../support/log-lines.js';
import { RedisServer } from '../support/redis-server.js';
import { ClusterRoom } from './support/cluster-room.js';

const { RemoteFault } = await built<typeof Fault>('cluster/node/remote-fault.js');
const SECRET = { CLUSTER_SECRET: 'a-secret-of-the-cluster' };

let log: LogLines;
let server: RedisServer;
let one: ClusterRoom;
let other: ClusterRoom;

describeRedis('questions between services', () => {
  beforeAll(async () => {
    log = new LogLines();
    server = await RedisServer.start();
  });

  afterAll(async () => {
    await server.stop();
    log.stop();
  });

  beforeEach(async () => {
    [one, other] = await Promise.all([ClusterRoom.start(server.url, SECRET), ClusterRoom.start(server.url, SECRET)]);
  });

  afterEach(async () => {
    await Promise.all([one.stop(), other.stop()]);
  });

  /** Waits until the service hears what it is sent. */
  async function listens({ node }: ClusterRoom): Promise<void> {
    await eventually(
      () => server.cli('PUBSUB', 'NUMSUB', `cc_executor:cluster:to:${node.id}`),
      (reply) => (reply as unknown[])[1] === 1,
    );
  }

  it('are answered, many at once', async () => {
    other.calls.on('double', (body) => (body as number) * 2);
    await listens(one);
    await listens(other);
    const answers = Array.from({ length: 200 }, (_, n) => one.calls.ask(other.node.id, 'double', n, 5000));

    expect(await Promise.all(answers)).toEqual(Array.from({ length: 200 }, (_, n) => n * 2));
  });

  it('carry a refusal in the words of who refuses', async () => {
    other.calls.on('refuse', () => {
      throw new RemoteFault({ code: 7 });
    });
    other.calls.on('fail', () => {
      throw new Error('a secret of the house');
    });
    await listens(one);
    await listens(other);

    await expect(one.calls.ask(other.node.id, 'refuse', null, 5000)).rejects.toMatchObject({ fault: { code: 7 } });
    await expect(one.calls.ask(other.node.id, 'fail', null, 5000)).rejects.toMatchObject({ fault: null });
    expect(log.take().join('\n')).toContain('a secret of the house');
  });

  it('fail at once where nobody listens', async () => {
    const from = performance.now();

    await expect(one.calls.ask(randomUUID(), 'x', null, 60_000)).rejects.toMatchObject({ kind: 'cluster-unavailable' });
    expect(performance.now() - from).toBeLessThan(1000);
  });

  it('fail in time where nothing is answered', async () => {
    other.calls.on('silence', () => new Promise(() => undefined));
    await listens(other);

    await expect(one.calls.ask(other.node.id, 'silence', null, 50)).rejects.toMatchObject({
      kind: 'cluster-unavailable',
    });
  });

  it('are acted upon once, in time, and where they are signed', async () => {
    const heard: unknown[] = [];
    other.calls.on('tell', (body) => heard.push(body));
    await listens(other);
    const stranger = await ClusterRoom.start(server.url, { CLUSTER_SECRET: 'another-secret-of-them' });
    const unsigned = await ClusterRoom.start(server.url, { CLUSTER_SECRET: '' });
    const channel = `cc_executor:cluster:to:${other.node.id}`;
    const sent = new Promise<Buffer>((resolve) => {
      void one.redis.link(1000).then((link) => {
        link.subscribe(channel, (message) => {
          link.close();
          resolve(message);
        });
      });
    });
    await eventually(
      () => server.cli('PUBSUB', 'NUMSUB', channel),
      (reply) => (reply as unknown[])[1] === 2,
    );
    await one.calls.tell(other.node.id, 'tell', 'first');
    await server.cli('PUBLISH', channel, await sent);
    await stranger.calls.tell(other.node.id, 'tell', 'strange');
    await unsigned.calls.tell(other.node.id, 'tell', 'unsigned');
    await one.calls.tell(other.node.id, 'tell', 'last');
    await eventually(
      () => heard.at(-1),
      (body) => body === 'last',
    );

    expect(heard).toEqual(['first', 'last']);
    await Promise.all([stranger.stop(), unsigned.stop()]);
  });

  it('find the services that live', async () => {
    await eventually(
      () => one.node.others(),
      (ids) => ids.includes(other.node.id),
    );
    const third = await ClusterRoom.start(server.url, SECRET);
    expect(await one.node.others()).toContain(third.node.id);
    await third.stop();

    expect(await one.node.others()).not.toContain(third.node.id);
  });
});
