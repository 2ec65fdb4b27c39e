import { now, sleep } from '../harness/clock.mjs';
import { quantile } from '../harness/stats.mjs';

export const name = 'operate';
export const title = 'what an operator sees: start, probes, metrics, the end';
export const targets = {
  ready: { of: 'service', max: 1500 },
  rss: { of: 'service', max: 120 },
  scrape: { of: 'service', max: 20 },
  live: { of: 'service', max: 1000 },
  flip: { of: 'service', max: 100 },
};

/** As `npm start` and the image start it. */
const AS_SHIPPED = ['--enable-source-maps', '--max-semi-space-size=4'];
const SESSIONS = 200;
const FLOODS = 8;
const FLOOD = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'execute', params: { command: 'yes' } });

export async function run({ servers, quick, targets }) {
  const starts = [];
  const sizes = [];
  for (let i = 0; i < (quick ? 1 : 5); i++) {
    const from = now();
    const service = await servers.service({ LOG_LEVEL: 'info' }, AS_SHIPPED);
    await until(() => status(service, '/health/ready'), 200);
    starts.push(now() - from);
    await sleep(2000);
    sizes.push(service.rss().main / 1024 ** 2);
    await service.stop();
  }

  const service = await servers.service({ MAX_SESSIONS: String(SESSIONS + 10), SHUTDOWN_GRACE: '5' }, AS_SHIPPED);
  const sessions = [];
  while (sessions.length < SESSIONS)
    sessions.push(...(await Promise.all(Array.from({ length: 20 }, () => service.connect()))));
  for (const session of sessions.slice(0, 50)) session.run('sleep 100');
  // The compiler has not seen its code before.
  const [firstScrape] = await times(20, () => read(service, '/metrics'));
  const scrapes = await times(quick ? 20 : 100, () => read(service, '/metrics'));
  const probes = await times(quick ? 20 : 100, () => read(service, '/health/ready'));

  const clients = await Promise.all(
    Array.from({ length: FLOODS }, () => servers.floodClient(service.address, 'service')),
  );
  await Promise.all(clients.map((client) => client.ask({ send: FLOOD, until: ['process.output'] })));
  const live = await times(quick ? 20 : 100, () => read(service, '/health/live'));
  await Promise.all(clients.map((client) => client.stop()));

  const from = now();
  service.process.kill('SIGTERM');
  await until(() => status(service, '/health/ready'), 503);
  const flipped = now() - from;
  await service.stop();
  return [
    { metric: 'start of the process to ready', unit: 'ms', service: quantile(starts, 0.5), target: targets.ready },
    { metric: 'RSS at rest', unit: 'MB', service: quantile(sizes, 0.5), target: targets.rss },
    {
      metric: `/metrics with ${SESSIONS} sessions, 50 commands: p99`,
      unit: 'ms',
      service: quantile(scrapes, 0.99),
      target: targets.scrape,
    },
    { metric: 'the very first one, not of these', unit: 'ms', service: firstScrape },
    { metric: '/health/ready with the same: p99', unit: 'ms', service: quantile(probes, 0.99) },
    {
      metric: `/health/live under ${FLOODS} floods: worst`,
      unit: 'ms',
      service: Math.max(...live),
      target: targets.live,
    },
    { metric: 'SIGTERM to ready 503', unit: 'ms', service: flipped, target: targets.flip },
  ];
}

async function status(service, path) {
  return (await fetch(`http://${service.address}${path}`).catch(() => ({ status: 0 }))).status;
}

async function read(service, path) {
  const response = await fetch(`http://${service.address}${path}`);
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
  await response.text();
}

async function until(ask, wanted) {
  while ((await ask()) !== wanted) await sleep(1);
}

async function times(count, act) {
  const all = [];
  for (let i = 0; i < count; i++) {
    const from = now();
    await act();
    all.push(now() - from);
  }
  return all;
}
