// The same with the client library and without a file: the command is to outlive its client, and its id is all that another
// process needs to follow it from its first byte.
import { ExecutorClient } from 'cc-executor/client';

const COMMAND = 'for i in 1 2 3 4 5 6; do echo "line $i"; sleep 0.2; done';
const [, , url = 'ws://127.0.0.1:8003/ws/mcp', id] = process.argv;
const { AUTH_TOKEN } = process.env;

const client = await ExecutorClient.connect(url, AUTH_TOKEN ? { token: AUTH_TOKEN } : {});
const execution = id === undefined ? await client.execute({ command: COMMAND, detach: true }) : await client.attach(id);
if (id === undefined) console.log(`execution ${execution.id}`);
for await (const text of execution.stdout) {
  process.stdout.write(text);
  if (id === undefined && text.includes('line 3\n')) process.kill(process.pid, 'SIGKILL');
}
const { exit_code, verified } = await execution.done;
console.log(
  `ended with ${exit_code}: ${verified.stdout ? 'every byte is there, by the digest' : 'the output cannot be told'}`,
);
process.exitCode = exit_code;
await client.close();
