// npm run bench:restarts -- [--kills N] [--seed S] [--commands N]      see README.md
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { now, sleep, within } from './harness/clock.mjs';
import { KilledService } from './restarts/killed-service.mjs';
import { ReturningClient } from './restarts/returning-client.mjs';
import { Random } from './timeouts/random.mjs';

const CLIENTS = 2;
/** Longest time between two kills: some come before the service listens. */
const MOST_MS = 4000;
const FINISHES_WITHIN_MS = 120_000;

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    commands: { type: 'string', default: '20' },
  },
});
const [kills, seed, commands] = [options.kills, options.seed, options.commands].map(Number);
if (![kills, seed, commands].every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error('--kills, --seed and --commands take whole numbers from 1');
  process.exit(2);
}
console.log(`${kills} kills of a service with ${commands} commands, seed ${seed}`);

const directory = mkdtempSync(join(tmpdir(), 'restarts-'));
const service = await KilledService.on(directory);
const random = new Random(seed);
const clients = Array.from(
  { length: CLIENTS },
  (_, i) => new ReturningClient(service.url, Math.ceil(commands / CLIENTS), new Random(seed + i + 1)),
);
service.start();
const from = now();
const running = Promise.all(clients.map((client) => client.run()));
for (let i = 0; i < kills; i++) {
  await sleep(random.between(0, MOST_MS));
  await service.end('SIGKILL');
  service.start();
}
for (const client of clients) client.finish();
let faults = [];
try {
  await within(FINISHES_WITHIN_MS, running, 'the end of all commands');
} catch (error) {
  faults.push(error.message, ...clients.flatMap(({ open }) => open), service.said);
}
await service.end('SIGTERM');
await sleep(2000);
faults = [...clients.flatMap((client) => client.faults), ...faults];
const left = readdirSync(join(directory, 'detached', 'launchers'));
if (left.length > 0) faults.push(`${left.length} launchers are left`);
rmSync(directory, { recursive: true, force: true, maxRetries: 5 });

const sum = (of) => clients.reduce((total, client) => total + client[of], 0);
console.log(
  `${sum('ended')} commands ended, ${sum('resumptions')} resumptions, ${((now() - from) / 1000).toFixed(0)} s; ${faults.length} faults`,
);
for (const fault of faults.slice(0, 50)) console.log(`  ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);
