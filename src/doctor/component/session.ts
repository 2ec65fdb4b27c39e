import type { CheckList } from '../check-list.js';
import type { DoctorComponent } from '../doctor-component.js';
import { textOf, Wire } from '../wire.js';
import { withService } from '../with-service.js';

const LIMIT = 3;
const IDLE_SECONDS = 1;

/** Sessions: their limit, side by side, their end. */
export const sessionComponent: DoctorComponent = {
  name: 'session',
  title: 'three sessions and a fourth that is refused, commands side by side, removal, expiry',
  maxSeconds: 30,
  run: ({ checks, variables }) =>
    withService(
      { ...variables, MAX_SESSIONS: String(LIMIT), SESSION_TIMEOUT: String(IDLE_SECONDS) },
      async (service) => {
        const sessions: Wire[] = [];
        for (let index = 0; index < LIMIT; index++) sessions.push(await Wire.open(service));
        const ids = await Promise.all(sessions.map(async (wire) => (await greeting(wire))?.['session_id']));
        checks.equals('sessions that are open, each with an id of its own', LIMIT, new Set(ids).size);
        await checkFourth(checks, await Wire.open(service));
        const texts = await Promise.all(
          sessions.map(async (wire, index) => {
            const run = await wire.run({ command: `sleep 0.3; echo ${String(index)}` });
            return { events: run.events, text: textOf(run, 'stdout') };
          }),
        );
        checks.equals(
          'each session gets its own output',
          ['0\n', '1\n', '2\n'],
          texts.map(({ text }) => text),
        );
        const foreign = texts.flatMap(({ events }, index) =>
          events.filter(({ params }) => params?.['session_id'] !== undefined && params['session_id'] !== ids[index]),
        );
        checks.equals('and nothing of another one', 0, foreign.length);
        await sessions[0]?.close();
        const next = await replaced(() => Wire.open(service));
        checks.holds(
          'one that has left makes room',
          next !== null,
          'a greeting',
          next === null ? 'a refusal' : 'a greeting',
        );
        const closed = await Promise.all(sessions.slice(1).map((wire) => wire.closed()));
        checks.equals(
          'one in which nothing happens expires',
          [1000, 1000],
          closed.map(({ code }) => code),
        );
        await next?.closed();
      },
    ),
};

async function checkFourth(checks: CheckList, fourth: Wire): Promise<void> {
  const { error } = await fourth.frame(
    (frame) => frame.error !== undefined || frame.method === 'connected',
    'an answer',
  );
  checks.equals(
    'the fourth is refused',
    { code: -32001, data: { current_sessions: LIMIT, max_sessions: LIMIT } },
    error && { code: error.code, data: error.data },
  );
  if (error === undefined) await fourth.close();
  else checks.equals('and its connection is closed', 1008, (await fourth.closed()).code);
}

async function greeting(wire: Wire): Promise<Readonly<Record<string, unknown>> | undefined> {
  return (await wire.frame((frame) => frame.method === 'connected', 'a greeting')).params;
}

/** The service hears of a close a moment after its client. */
async function replaced(open: () => Promise<Wire>, triesLeft = 20): Promise<Wire | null> {
  const wire = await open();
  const first = await wire.frame(() => true, 'a first frame');
  if (first.method === 'connected') return wire;
  await wire.closed();
  return triesLeft === 0 ? null : replaced(open, triesLeft - 1);
}
