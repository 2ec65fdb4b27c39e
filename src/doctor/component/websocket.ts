import type { CheckList } from '../check-list.js';
import type { DoctorComponent } from '../doctor-component.js';
import { outputOf, textOf, Wire } from '../wire.js';
import { withService } from '../with-service.js';

const SECOND_MS = 1000;

/** A whole service, as a client sees it. */
export const websocketComponent: DoctorComponent = {
  name: 'websocket',
  title: 'a service on a free port: `echo`, a stream of five seconds, with --long a command of three minutes',
  maxSeconds: 40,
  maxLongSeconds: 300,
  run: ({ checks, isLong, variables }) =>
    withService(variables, async (service) => {
      const wire = await Wire.open(service);
      const { params } = await wire.frame(() => true, 'a greeting');
      checks.equals('the first frame is the greeting', 'connected', wire.frames[0]?.method);
      checks.holds(
        'it names the session',
        /^[0-9a-f-]{36}$/.test(String(params?.['session_id'])),
        'a UUID',
        params?.['session_id'],
      );
      await checkSimple(checks, wire);
      await checkSpread(checks, wire, 5, 1);
      if (isLong) await checkSpread(checks, wire, 19, 10);
      else checks.note('the command of three minutes is for --long');
      await wire.close();
    }),
};

async function checkSimple(checks: CheckList, wire: Wire): Promise<void> {
  const sentAt = performance.now();
  const run = await wire.run({ command: 'echo "Hello from the executor"' });
  checks.equals('simple: what `echo` prints', 'Hello from the executor\n', textOf(run, 'stdout'));
  checks.equals(
    'simple: its notifications',
    ['process.started', 'process.output', 'process.completed'],
    run.events.map(({ method }) => method),
  );
  checks.equals('simple: its end', ['completed', 0], [run.completed['status'], run.completed['exit_code']]);
  checks.within('simple: there and back', [0, 5], (performance.now() - sentAt) / SECOND_MS, 's');
}

/** Lines that are printed one by one arrive one by one. */
async function checkSpread(checks: CheckList, wire: Wire, lines: number, everySeconds: number): Promise<void> {
  const totalSeconds = lines * everySeconds;
  const what = `${String(totalSeconds)} s`;
  const command = `for i in $(seq 1 ${String(lines)}); do echo "line $i"; sleep ${String(everySeconds)}; done`;
  const { events, completed } = await wire.run({ command, timeout: totalSeconds * 2 }, totalSeconds * 2 * SECOND_MS);
  const output = outputOf(events, 'stdout');
  const expected = Array.from({ length: lines }, (_, index) => `line ${String(index + 1)}\n`);
  checks.equals(
    `${what}: all its lines, in order`,
    expected,
    output.map(({ params }) => params?.['data']),
  );
  const gaps = output.slice(1).map(({ atMs }, index) => (atMs - (output[index]?.atMs ?? 0)) / SECOND_MS);
  checks.within(
    `${what}: the shortest time between two of them`,
    [everySeconds * 0.5, everySeconds * 1.5],
    Math.min(...gaps),
    's',
  );
  checks.within(`${what}: its duration`, [totalSeconds, totalSeconds * 1.5], Number(completed['execution_time']), 's');
  checks.equals(`${what}: its end`, ['completed', 0], [completed['status'], completed['exit_code']]);
}
