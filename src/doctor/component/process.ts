import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { executionRequest } from '../../gateway/execution-request-from.js';
import type { ExecuteParams } from '../../gateway/execute.params.js';
import type { Execution } from '../../process/execution.js';
import { LauncherService } from '../../process/launcher.service.js';
import { ProcessError } from '../../process/process-error.js';
import { ProcessModule } from '../../process/process.module.js';
import { ProcessService } from '../../process/process.service.js';
import type { CheckList } from '../check-list.js';
import type { DoctorComponent } from '../doctor-component.js';
import { eventually } from '../eventually.js';
import { openRooms } from '../rooms.js';

const PATIENCE_MS = 5000;

/** Tells of each signal that it gets, and ends by SIGTERM. */
const TELLS_SIGNALS = `trap 'echo got 18' CONT; trap 'echo got 15; exit 15' TERM; echo ready; while :; do sleep 0.02; done`;

interface Started {
  readonly execution: Execution;
  readonly text: () => string;
}

/** Processes: groups, signals, ends. */
export const processComponent: DoctorComponent = {
  name: 'process',
  title: 'process groups; PAUSE, RESUME and CANCEL as signals; how commands end, and how long they take',
  maxSeconds: 30,
  async run({ checks, variables }) {
    const rooms = await openRooms(variables, [ProcessModule]);
    const processes = rooms.get(ProcessService);
    const start = async (params: Partial<ExecuteParams>): Promise<Started> => {
      const printed: string[] = [];
      const request = executionRequest(params);
      const execution = await processes.start(request, ({ data }) => printed.push(data.toString()));
      return { execution, text: () => printed.join('') };
    };
    try {
      await checkSignals(checks, await start({ command: TELLS_SIGNALS, timeout: 20 }));
      await checkTree(checks, await start({ command: 'sleep 30 & setsid sleep 30 & wait', timeout: 20 }));
      await checkEnds(checks, start);
      await checkFaults(checks, start);
    } finally {
      await rooms.get(LauncherService).end();
      await rooms.close();
    }
  },
};

async function checkSignals(checks: CheckList, { execution, text }: Started): Promise<void> {
  const { pid } = execution;
  checks.equals('a command leads a process group of its own', pid, stat(pid).group);
  const { SIGSTOP, SIGCONT, SIGTERM } = constants.signals;
  checks.equals('the numbers of SIGSTOP, SIGCONT and SIGTERM', [19, 18, 15], [SIGSTOP, SIGCONT, SIGTERM]);
  checks.equals('before PAUSE it runs', true, await eventually(() => text().includes('ready'), PATIENCE_MS));
  (await execution.pause())();
  checks.equals('PAUSE (19): its state in /proc', 'T', stat(pid).state);
  (await execution.resume())();
  checks.equals(
    'RESUME (18): it tells of the signal',
    true,
    await eventually(() => text().includes('got 18'), PATIENCE_MS),
  );
  checks.holds('RESUME (18): its state in /proc', stat(pid).state !== 'T', 'not T', stat(pid).state);
  (await execution.cancel())();
  const outcome = await execution.ended;
  checks.equals('CANCEL (15): it tells of the signal', true, text().includes('got 15'));
  checks.equals(
    'CANCEL (15): how it ended',
    ['canceled', 'canceled', 15],
    [outcome.status, outcome.reason, outcome.exitCode],
  );
  checks.equals('nothing of it is left', false, isThere(pid));
}

async function checkTree(checks: CheckList, { execution }: Started): Promise<void> {
  (await execution.cancel())();
  const { exitCode, signal, survivors } = await execution.ended;
  checks.equals('CANCEL of a tree of which a part left the group', [-15, 'SIGTERM', []], [exitCode, signal, survivors]);
}

async function checkEnds(
  checks: CheckList,
  start: (params: Partial<ExecuteParams>) => Promise<Started>,
): Promise<void> {
  const quick = await (await start({ command: 'true' })).execution.ended;
  checks.equals('`true`', ['completed', 'exit', 0], [quick.status, quick.reason, quick.exitCode]);
  checks.within('`true`: its duration', [0, 2], quick.durationMs / 1000, 's');
  const sleep = await (await start({ command: 'sleep 0.5' })).execution.ended;
  checks.within('`sleep 0.5`: its duration', [0.5, 2.5], sleep.durationMs / 1000, 's');
  const failed = await (await start({ command: 'exit 3' })).execution.ended;
  checks.equals('`exit 3`', ['failed', 'exit', 3], [failed.status, failed.reason, failed.exitCode]);
  const killed = await (await start({ command: 'kill -9 $$' })).execution.ended;
  checks.equals('`kill -9 $$`', ['failed', 'signal', -9], [killed.status, killed.reason, killed.exitCode]);
}

async function checkFaults(
  checks: CheckList,
  start: (params: Partial<ExecuteParams>) => Promise<Started>,
): Promise<void> {
  const faultOf = async (params: Partial<ExecuteParams>): Promise<unknown> => {
    try {
      const { execution } = await start(params);
      await execution.ended;
      return 'it started';
    } catch (error) {
      if (error instanceof ProcessError) return error.fault;
      throw error;
    }
  };
  checks.equals(
    'a program that is not there',
    { kind: 'unusable-request', field: 'argv', message: 'No such program' },
    await faultOf({ argv: ['/nonexistent/program'] }),
  );
  checks.equals(
    'a directory that is not there',
    { kind: 'unusable-request', field: 'cwd', message: 'No such directory' },
    await faultOf({ command: 'true', cwd: '/nonexistent' }),
  );
  const { execution } = await start({ command: 'true' });
  await execution.ended;
  const late = await execution.pause().then(
    () => 'done',
    (error: unknown) => (error instanceof ProcessError ? error.fault.kind : error),
  );
  checks.equals('PAUSE of a command that has ended', 'not-running', late);
}

/** Of proc(5): the third and the fifth field of /proc/PID/stat. */
function stat(pid: number): { readonly state: string; readonly group: number } {
  const line = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const [state = '', , group = ''] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state, group: Number(group) };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
