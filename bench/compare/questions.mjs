// Questions with the answer yes or no, asked of each server alike by what it does. `ask(open)` resolves with the answer;
// `open()` makes a new connection.
import { now, sleep } from '../harness/clock.mjs';
import { groupMembers, kill, processState } from '../harness/proc.mjs';

/** How long a server has to show that it does a thing. */
const PATIENCE_MS = 4000;
const LINES = 40;

/** A child in the command's own process group, and one in a session of its own. */
const TREE = 'sleep 1000 & echo "child $!"; setsid sleep 1000 & echo "apart $!"; wait';

export const QUESTIONS = [
  { what: 'The end tells the exit code', ask: tellsExitCode },
  { what: 'A running command can be given input', ask: takesInput },
  { what: 'stdout and stderr both arrive, told apart', ask: tellsStreamsApart },
  { what: 'Output of both is numbered by one count without gaps', ask: numbersOutput },
  { what: 'To cancel a command ends its children', ask: (open) => cancels(open, 'child') },
  { what: '… also one in a session of its own (`setsid`)', ask: (open) => cancels(open, 'apart') },
  { what: 'A command and its children can be paused and resumed', ask: (open) => pauses(open, 'child') },
  { what: '… also one in a session of its own', ask: (open) => pauses(open, 'apart') },
  { what: 'After a connection reset the whole output is there', ask: survivesReset },
  { what: 'A web page of another origin is refused by default', ask: refusesOrigin },
];

async function tellsExitCode(open) {
  for (const code of [3, 0]) {
    const client = await open();
    await client.run(`exit ${code}`);
    const { exitCode } = await client.ended;
    await client.close();
    if (exitCode !== code) return false;
  }
  return true;
}

async function takesInput(open) {
  const client = await open();
  await client.run('read -r line; echo "got $line"', { input: true });
  await client.write('hello');
  const answer = await comes(client.saw(/got hello\n/));
  await client.close();
  return answer;
}

async function tellsStreamsApart(open) {
  const client = await open();
  await client.run('echo out; echo err >&2');
  await client.ended;
  await client.close();
  const of = (stream) => client.pieces.filter((piece) => piece.stream === stream).map(({ text }) => text);
  return of('stdout').join('') === 'out\n' && of('stderr').join('') === 'err\n';
}

/** Every piece of both streams by one count, and nothing missing. Which comes first is the reader's luck: it is not asked. */
async function numbersOutput(open) {
  const client = await open();
  await client.run('for i in 1 2 3 4 5; do echo "o$i"; echo "e$i" >&2; done');
  await client.ended;
  await client.close();
  const seqs = client.pieces.map(({ seq }) => seq);
  const lines = client.text.split('\n').filter((line) => line !== '');
  const isWhole = lines.sort().join(' ') === 'e1 e2 e3 e4 e5 o1 o2 o3 o4 o5';
  return isWhole && seqs.every((seq, i) => seq !== null && seq === seqs[0] + i);
}

async function cancels(open, which) {
  const { client, pids } = await startTree(open);
  await client.cancel();
  const answer = await holds(() => !isAlive(pids[which]));
  endTree(pids);
  await client.close();
  return answer;
}

async function pauses(open, which) {
  const { client, pids } = await startTree(open);
  await client.pause();
  const stopped = await holds(() => processState(pids[which]) === 'T');
  await client.resume();
  const goesOn = await holds(() => processState(pids[which]) === 'S');
  await client.cancel();
  endTree(pids);
  await client.close();
  return stopped && goesOn;
}

async function startTree(open) {
  const client = await open();
  await client.run(TREE);
  const [, child] = await client.saw(/child (\d+)\n/);
  const [, apart] = await client.saw(/apart (\d+)\n/);
  const pids = { child: Number(child), apart: Number(apart) };
  while (!groupMembers(pids.apart).includes(pids.apart)) await sleep(5);
  return { client, pids };
}

/** What a server has left of it. */
function endTree(pids) {
  for (const pid of Object.values(pids)) if (isAlive(pid)) kill(pid, 'SIGKILL');
}

const isAlive = (pid) => !'ZX'.includes(processState(pid) ?? 'X');

async function survivesReset(open) {
  const client = await open();
  await client.run(`for i in $(seq ${LINES}); do echo "line $i"; sleep 0.02; done`);
  await client.saw(new RegExp(`line ${LINES / 4}\n`));
  client.reset();
  await client.ended;
  const next = await client.comeBack();
  await comes(next.saw(new RegExp(`line ${LINES}\n`)));
  await next.close();
  return client.text + next.text === Array.from({ length: LINES }, (_, i) => `line ${i + 1}\n`).join('');
}

async function refusesOrigin(open) {
  try {
    await (await open({ origin: 'https://elsewhere.example' })).close();
    return false;
  } catch (error) {
    if (/response: 403/.test(error.message)) return true;
    throw error;
  }
}

async function comes(promise) {
  const late = sleep(PATIENCE_MS).then(() => false);
  return Promise.race([promise.then(() => true), late]);
}

async function holds(isSo) {
  const until = now() + PATIENCE_MS;
  while (!isSo()) {
    if (now() > until) return false;
    await sleep(10);
  }
  return true;
}
