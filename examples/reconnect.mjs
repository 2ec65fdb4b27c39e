// A client that is killed in the middle of a command, and comes back as another process: it gives the session's token, and
// gets the rest, each byte once. What it has to remember for that is in two files: the output, and what `resume` takes.
import { createHash } from 'node:crypto';
import { existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

const COMMAND = 'for i in 1 2 3 4 5 6; do echo "line $i"; sleep 0.2; done';
const [, , url = 'ws://127.0.0.1:8003/ws/mcp'] = process.argv;
const { AUTH_TOKEN } = process.env;
const claimFile = join(tmpdir(), 'executor-reconnect.json');
const outputFile = join(tmpdir(), 'executor-reconnect.out');

const left = existsSync(claimFile) ? JSON.parse(readFileSync(claimFile, 'utf8')) : null;
const claim = left ?? { session_id: null, resume_token: null, last_seq: {} };
const output = openSync(outputFile, left === null ? 'w+' : 'r+');

const headers = AUTH_TOKEN ? { Authorization: `Bearer ${AUTH_TOKEN}` } : {};
const socket = new WebSocket(url, { headers });
const send = (id, method, params) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
socket.on('error', fail);
// Until the end has come it has not: neither the service's end nor that of the connection counts as one.
process.exitCode = 1;
socket.on('message', (data) => {
  const { id, method, params, result, error } = JSON.parse(data);
  if (error !== undefined) return fail(error);
  if (method === 'connected') {
    if (left !== null) return send(1, 'resume', left);
    remember(params);
    send(2, 'execute', { command: COMMAND });
  }
  // The token is exchanged with each use: the next one is the one to remember.
  if (id === 1) remember(result);
  if (id === 1 && result.executions.length === 0) send(2, 'execute', { command: COMMAND });
  if (id === 2) remember({ last_seq: { [result.execution_id]: 0 } });
  if (method === 'process.output') {
    // By its offset each piece has its place: one that was written and not remembered is written there once more.
    writeSync(output, params.data, params.offset);
    remember({ last_seq: { [params.execution_id]: params.seq } });
    process.stdout.write(params.data);
    if (left === null && params.data === 'line 3\n') process.kill(process.pid, 'SIGKILL');
  }
  if (method === 'process.completed') finish(params);
});

/** Written whole or not at all, and for nobody else to read. */
function remember({ session_id = claim.session_id, resume_token = claim.resume_token, last_seq = claim.last_seq }) {
  Object.assign(claim, { session_id, resume_token, last_seq });
  writeFileSync(`${claimFile}.new`, JSON.stringify(claim), { mode: 0o600 });
  renameSync(`${claimFile}.new`, claimFile);
}

function finish({ exit_code, sha256 }) {
  socket.close();
  const same = createHash('sha256').update(readFileSync(outputFile)).digest('hex') === sha256.stdout;
  console.log(
    `ended with ${exit_code}: ${same ? 'every byte is there, by the digest' : 'the output is not what was printed'}`,
  );
  rmSync(claimFile);
  process.exitCode = same ? exit_code : 1;
}

function fail({ code, message, data = {} }) {
  console.error(`${message} ${JSON.stringify(data)}`);
  // The session is over: the next run begins anew.
  if (code === -32006) rmSync(claimFile);
  socket.close();
}
