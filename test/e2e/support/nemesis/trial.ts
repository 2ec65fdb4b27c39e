import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExecutorClient } from '../../../../src/client/executor-client.js';
import { within } from '../eventually.js';
import { type Content, Ledger } from './ledger.js';
import { Nemesis } from './nemesis.js';
import { RawClient } from './raw-client.js';
import { SeededRandom } from './seeded-random.js';
import { type Workload, workload } from './workload.js';

const TRIAL_MS = 60_000;

/** What one run came to. `faults` is empty where everything was as it has to be. */
export interface Verdict {
  readonly seed: number;
  readonly client: 'library' | 'raw';
  readonly work: string;
  readonly deeds: readonly string[];
  readonly faults: readonly string[];
  readonly announced: number;
  readonly ms: number;
}

interface End {
  readonly status: unknown;
  readonly exit_code: unknown;
  readonly bytes: unknown;
  readonly sha256: unknown;
  readonly seq_last: unknown;
}

/** One run of a random command through connections that fail at random points; all that is random follows from the seed. */
export async function trial(urls: readonly string[], seed: number): Promise<Verdict> {
  const startedAt = performance.now();
  const random = new SeededRandom(seed);
  const client = random.pick(['library', 'raw'] as const);
  const planned = workload(random);
  const directory = mkdtempSync(join(tmpdir(), 'nemesis-'));
  const starts = join(directory, 'starts');
  const work = { ...planned, command: `echo started >> ${starts}; ${planned.command}` };
  const nemesis = await Nemesis.start(urls, random, random.integer(1, 6));
  const faults: string[] = [];
  const ledger = new Ledger();
  let announced = 0;
  try {
    const running = client === 'library' ? throughLibrary(nemesis.url, work, ledger) : throughRaw(nemesis.url, work);
    const { end, seen } = await within(running, `trial ${String(seed)}`, TRIAL_MS);
    faults.push(...judge(work, end, seen));
    ({ announced } = seen);
    const count = readFileSync(starts, 'utf8').split('\n').length - 1;
    if (count !== 1) faults.push(`started ${String(count)} times`);
  } catch (error) {
    faults.push(String(error));
  } finally {
    await nemesis.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  return {
    seed,
    client,
    work: work.name,
    deeds: nemesis.deeds,
    faults,
    announced,
    ms: Math.round(performance.now() - startedAt),
  };
}

async function throughLibrary(
  url: string,
  work: Workload,
  seen: Ledger,
): Promise<{ readonly end: End; readonly seen: Ledger }> {
  const client = await ExecutorClient.connect(url, {
    connectTimeoutMs: 1000,
    keepAlive: { silenceMs: 400, deadlineMs: 600 },
    reconnect: { initialDelayMs: 20, maxDelayMs: 200, giveUpAfterMs: TRIAL_MS, first: true },
  });
  try {
    const execution = await client.execute({ command: work.command, output: work.output });
    let text = '';
    let canceling: Promise<void> | null = null;
    for await (const event of execution) {
      if (event.type === 'gap') seen.gap(event.from, event.to);
      else seen.event(event.seq);
      if (event.type !== 'output') continue;
      const data = Buffer.from(event.data, work.output.encoding);
      seen.output(event.stream, data);
      if (work.cancelAt === null) continue;
      text += data.toString();
      if (text.includes(work.cancelAt)) canceling ??= execution.cancel();
    }
    await canceling;
    const end = await execution.done;
    if (!end.verified.stdout || !end.verified.stderr) throw new Error('The library does not vouch for the output');
    return { end, seen };
  } finally {
    await client.close();
  }
}

async function throughRaw(url: string, work: Workload): Promise<{ readonly end: End; readonly seen: Ledger }> {
  const client = new RawClient(url, work);
  return { end: (await client.run()) as unknown as End, seen: client.ledger };
}

/** What is not as it has to be. */
function judge(work: Workload, end: End, seen: Ledger): string[] {
  const { stdout, stderr } = seen.streams;
  const facts: [string, unknown, unknown][] = [
    ['doubles', seen.doubles, 0],
    ['silent gaps', seen.silentGaps, 0],
    ['last number', seen.seq, end.seq_last],
    ['stdout', stdout, work.stdout],
    ['stderr', stderr, work.stderr],
    ['end', { status: end.status, exit_code: end.exit_code }, work.end],
    ['bytes', end.bytes, pair(work, 'bytes')],
    ['sha256', end.sha256, pair(work, 'sha256')],
  ];
  // What was announced as gone cannot be there.
  const judged = seen.announced === 0 ? facts : facts.filter(([name]) => name !== 'stdout' && name !== 'stderr');
  return judged.flatMap(([name, found, wanted]) => {
    const [is, shouldBe] = [JSON.stringify(found), JSON.stringify(wanted)];
    return is === shouldBe ? [] : [`${name}: ${is}, not ${shouldBe}`];
  });
}

function pair(work: Workload, field: keyof Content): object {
  return { stdout: work.stdout[field], stderr: work.stderr[field] };
}
