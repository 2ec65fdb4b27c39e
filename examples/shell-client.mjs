// For a shell: each line of stdin is a frame to send, each frame received is a line of stdout. Ends with process.completed,
// or when the service closes the connection.
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

const [, , url = 'ws://127.0.0.1:8003/ws/mcp'] = process.argv;
const { AUTH_TOKEN } = process.env;
const headers = AUTH_TOKEN ? { Authorization: `Bearer ${AUTH_TOKEN}` } : {};
const socket = new WebSocket(url, { headers });

socket.on('open', () => {
  createInterface({ input: process.stdin }).on('line', (line) => socket.send(line));
});
socket.on('message', (data) => {
  console.log(data.toString());
  if (JSON.parse(data).method !== 'process.completed') return;
  socket.close();
  process.stdin.destroy();
});
socket.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
