// The limit the service is measured against: a WebSocket server that does nothing but forward.
//
//   → {"command": STR}        ← {"started": true, "pid": N}, the pipe's chunks as binary frames, {"exit": N|null, "signal": STR|null}
//   → {"signal": "SIGTERM"}   ← {"signaled": true}: sent to the group of the running command
//   → {"ping": N}             ← {"pong": N}
//
// One command at a time per connection. A connection that closes takes its command with it.
import { spawn } from 'node:child_process';
import { WebSocketServer } from 'ws';

const PAUSE_ABOVE_BYTES = 1024 * 1024;

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.env.PORT ?? 0),
  perMessageDeflate: false,
});
const groups = new Set();

server.on('connection', (socket) => {
  let child = null;
  socket.on('error', () => {});
  socket.on('message', (text) => {
    const request = JSON.parse(text.toString());
    if (request.ping !== undefined) socket.send(JSON.stringify({ pong: request.ping }));
    else if (request.signal !== undefined) {
      if (child !== null) killGroup(child.pid, request.signal);
      socket.send('{"signaled":true}');
    } else child = run(socket, request.command, () => (child = null));
  });
  socket.on('close', () => {
    if (child !== null) killGroup(child.pid, 'SIGKILL');
  });
});

server.on('listening', () => console.log(JSON.stringify({ port: server.address().port })));

process.on('SIGTERM', () => {
  for (const pid of groups) killGroup(pid, 'SIGKILL');
  process.exit(0);
});

function run(socket, command, ended) {
  const child = spawn('bash', ['-c', command], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  groups.add(child.pid);
  socket.send(JSON.stringify({ started: true, pid: child.pid }));
  for (const stream of [child.stdout, child.stderr]) forward(stream, socket);
  child.on('close', (exit, signal) => {
    groups.delete(child.pid);
    ended();
    socket.send(JSON.stringify({ exit, signal }), () => {});
  });
  return child;
}

function forward(stream, socket) {
  stream.on('data', (chunk) => {
    socket.send(chunk, { binary: true }, () => {
      if (stream.isPaused() && socket.bufferedAmount <= PAUSE_ABOVE_BYTES) stream.resume();
    });
    if (socket.bufferedAmount > PAUSE_ABOVE_BYTES) stream.pause();
  });
}

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself.
  }
}
