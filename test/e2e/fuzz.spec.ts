import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, type Received, disconnectAll, isSingle } from './support/client.js';
import { Service } from './support/service.js';
import { type Frame, isAnswer } from './support/wire.js';

jest.setTimeout(120_000);

const RUNS = 100;
const VALUES_A_RUN = 100;

let service: Service;

beforeAll(async () => {
  service = await Service.start({ PROCESS_CLEANUP_TIMEOUT: '1' });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(disconnectAll);

type Json = ReturnType<typeof JSON.parse>;

/** How many answers a frame is to get: none, one, or one batch with so many. */
type Expected = { readonly single: 0 | 1 } | { readonly batch: number };

function isRequestId(id: unknown): boolean {
  return typeof id === 'string' || id === null || (typeof id === 'number' && Number.isFinite(id));
}

/** True for what is never answered: a valid request without an id. */
function isNotification(value: Json): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    value.jsonrpc === '2.0' &&
    typeof value.method === 'string' &&
    !Object.hasOwn(value, 'id') &&
    (!Object.hasOwn(value, 'params') || (typeof value.params === 'object' && value.params !== null))
  );
}

function expectedFor(raw: string): Expected {
  let value: Json;
  try {
    value = JSON.parse(raw);
  } catch {
    return { single: 1 };
  }
  if (!Array.isArray(value) || value.length === 0) return { single: isNotification(value) ? 0 : 1 };
  const answers = value.filter((entry: Json) => !isNotification(entry)).length;
  return answers === 0 ? { single: 0 } : { batch: answers };
}

/** The ids that a frame's well-formed requests carry. */
function idsOf(raw: string): unknown[] {
  try {
    const value = JSON.parse(raw);
    return (Array.isArray(value) ? value : [value])
      .filter((entry: Json) => typeof entry === 'object' && entry !== null && !Array.isArray(entry))
      .filter((entry: Json) => isNotification({ ...entry, id: undefined, ...without(entry, 'id') }))
      .map((entry: Json) => entry.id as unknown)
      .filter((id: unknown) => id !== undefined && isRequestId(id));
  } catch {
    return [];
  }
}

function without(entry: Json, name: string): Json {
  return Object.fromEntries(Object.entries(entry as object).filter(([key]) => key !== name));
}

const anything = fc.jsonValue({ maxDepth: 3 });
const word = fc.string({ maxLength: 20 });
const notAString = anything.filter((value) => typeof value !== 'string');

/** Values for `execute` that start nothing but `true`. */
const command = fc.oneof({ weight: 3, arbitrary: fc.constant('true') }, { weight: 1, arbitrary: notAString });
const argv = fc.oneof(
  fc.constantFrom<unknown>(['true'], [''], [], ['/no/such/program'], ['true', '\0'], ['true', '\ud800']),
  fc.array(fc.oneof(fc.integer(), fc.boolean(), fc.constant(null)), { minLength: 1, maxLength: 3 }),
  notAString.filter((value) => !Array.isArray(value)),
);
const seconds = fc.oneof(anything, fc.double(), fc.integer({ min: -1, max: 5 }), fc.constantFrom(1e12, 1e308, 5e-324));

function sparse(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc.record(fields, { requiredKeys: [] });
}

const executeParams = sparse({
  command,
  argv: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: argv }),
  timeout: seconds,
  stall_timeout: seconds,
  cwd: fc.oneof(anything, fc.constantFrom('/', '/tmp', '/no/such/directory')),
  env: fc.oneof(anything, fc.dictionary(word, fc.oneof(word, anything), { maxKeys: 3 })),
  stdin: fc.oneof(anything, word, fc.boolean()),
  output: fc.oneof(
    anything,
    sparse({
      mode: fc.oneof(anything, fc.constantFrom('line', 'lines', 'chunk')),
      encoding: fc.oneof(anything, fc.constantFrom('utf8', 'base64')),
      max_line_bytes: fc.oneof(anything, fc.integer()),
    }),
  ),
  on_exit: fc.oneof(anything, fc.constantFrom('kill', 'keep')),
  on_disconnect: fc.oneof(anything, fc.constantFrom('cancel', 'keep')),
  labels: fc.oneof(anything, fc.dictionary(word, word, { maxKeys: 3 })),
});
const saneParams = fc.record(
  {
    command: fc.constant('true'),
    stdin: fc.oneof(word, fc.constant(true)),
    timeout: fc.integer({ min: 0, max: 100 }),
    labels: fc.dictionary(word, word, { maxKeys: 3 }),
    on_exit: fc.constantFrom('kill', 'keep'),
  },
  { requiredKeys: ['command'] },
);
const controlParams = sparse({
  type: fc.oneof(anything, fc.constantFrom('PAUSE', 'RESUME', 'CANCEL', 'SIGNAL')),
  signal: fc.oneof(anything, word, fc.constantFrom('SIGTERM', 'SIGKILL', 'SIGUSR1')),
  execution_id: fc.oneof(anything, fc.uuid(), fc.constant(undefined)),
});
const inputParams = sparse({
  data: fc.oneof(anything, word, fc.base64String({ maxLength: 20 })),
  encoding: fc.oneof(anything, fc.constantFrom('utf8', 'base64')),
  eof: fc.oneof(anything, fc.boolean()),
  execution_id: fc.oneof(anything, fc.uuid(), fc.constant(undefined)),
});

const call = fc.oneof(
  fc.record({ method: fc.constant('execute'), params: fc.oneof(saneParams, executeParams) }),
  fc.record({ method: fc.constant('control'), params: controlParams }),
  fc.record({ method: fc.constant('input'), params: inputParams }),
  fc.record({ method: fc.constantFrom('list', 'ping', 'pong', 'status'), params: fc.oneof(fc.constant({}), anything) }),
  fc.record({ method: fc.constant('status'), params: sparse({ execution_id: fc.oneof(anything, fc.uuid()) }) }),
  fc.record({ method: fc.oneof(word, fc.constantFrom('__proto__', 'constructor', 'toString')), params: anything }),
  fc.record({ method: anything }),
);
/** An id, "unique" to be replaced by one that no other request has. */
const id = fc.oneof(
  { weight: 6, arbitrary: fc.constant('unique') },
  { weight: 1, arbitrary: anything },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
const request = fc
  .record({
    jsonrpc: fc.oneof({ weight: 9, arbitrary: fc.constant('2.0') }, { weight: 1, arbitrary: anything }),
    call,
    id,
  })
  .map(({ jsonrpc, call: { method, ...rest }, id: anId }) => ({ jsonrpc, method, ...rest, id: anId }))
  .filter(isHarmless);
const entry = fc.oneof({ weight: 5, arbitrary: request }, { weight: 1, arbitrary: anything.filter(isHarmless) });
const frame = fc.oneof(
  { weight: 4, arbitrary: request.map((value) => JSON.stringify(value)) },
  { weight: 3, arbitrary: anything.filter(isHarmless).map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.array(entry, { maxLength: 5 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 50, unit: 'binary' }) },
  { weight: 1, arbitrary: torn(request) },
);

/** Valid JSON with a piece cut out of it. */
function torn(arbitrary: fc.Arbitrary<object>): fc.Arbitrary<string> {
  return fc
    .tuple(arbitrary, fc.nat(), fc.nat())
    .map(([value, from, length]) => {
      const text = JSON.stringify(value);
      const start = from % text.length;
      return text.slice(0, start) + text.slice(start + 1 + (length % 10));
    })
    .filter((text) => {
      try {
        return isHarmless(JSON.parse(text));
      } catch {
        return true;
      }
    });
}

/** False for a value that could start another program than `true`. */
function isHarmless(value: Json): boolean {
  if (Array.isArray(value)) return value.every(isHarmless);
  if (typeof value !== 'object' || value === null || value.method !== 'execute') return true;
  const params = value.params as Record<string, unknown> | undefined;
  if (typeof params !== 'object') return true;
  const isTrue =
    params['command'] === undefined || typeof params['command'] !== 'string' || params['command'] === 'true';
  const words = params['argv'];
  const isProgramKnown = !Array.isArray(words) || ['true', '', '/no/such/program'].includes(String(words[0]));
  return isTrue && (isProgramKnown || typeof (words as unknown[])[0] !== 'string');
}

describe('10,000 random JSON values', () => {
  it('each get their one answer, never -32603 and never a close', async () => {
    const client = await Client.connect(service.url);
    let serial = 0;
    let sent = 0;

    const property = fc.asyncProperty(
      fc.array(frame, { minLength: VALUES_A_RUN, maxLength: VALUES_A_RUN }),
      async (frames) => {
        const unique = frames.map((raw) => raw.replaceAll('"id":"unique"', () => `"id":"u${++serial}"`));
        const from = client.received.length;
        for (const raw of unique) client.send(raw);
        sent += unique.length;

        const expected = unique.map(expectedFor);
        const singles = expected.filter((each) => 'single' in each && each.single === 1).length;
        const batches = expected.filter((each) => 'batch' in each).map((each) => ('batch' in each ? each.batch : 0));
        const answers = (): Received[] =>
          client.received.slice(from).filter((received) => !isSingle(received) || isAnswer(received));
        if (answers().length < singles + batches.length) {
          await client.next(() => answers().length >= singles + batches.length, 'all answers');
        }
        await client.request('ping');
        check(unique, answers().slice(0, -1), singles, batches);
      },
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });

    expect(sent).toBeGreaterThanOrEqual(RUNS * VALUES_A_RUN);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    expect(service.stderr).toBe('');
    const other = await Client.connect(service.url);
    expect((await other.run({ command: 'echo usable' })).stdout).toBe('usable\n');
  });

  function check(sent: string[], answers: Received[], singles: number, batches: number[]): void {
    const all: Frame[] = answers.flatMap((answer) => (isSingle(answer) ? [answer] : [...answer]));
    expect(all.filter((answer) => answer.error?.code === -32603)).toEqual([]);
    expect(answers.filter(isSingle)).toHaveLength(singles);
    const sizes = answers.filter((answer) => !isSingle(answer)).map((answer) => (answer as readonly Frame[]).length);
    expect(sizes.sort()).toEqual(batches.sort());

    const answered = all.map((answer) => JSON.stringify(answer.id));
    const asked = sent.flatMap(idsOf).map((anId) => JSON.stringify(anId));
    for (const known of new Set(asked.filter((anId) => anId.startsWith('"u')))) {
      expect(answered.filter((anId) => anId === known)).toHaveLength(1);
    }
    for (const answer of all) {
      expect(answer.jsonrpc).toBe('2.0');
      if (answer.error) expect(answer.error).toMatchObject({ code: expect.any(Number), message: expect.any(String) });
    }
  }
});
