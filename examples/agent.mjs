// Runs an agent that is silent for a minute: it has the time it takes, and is ended when it says that it has finished.
import { fileURLToPath } from 'node:url';
import { connect } from './executor.mjs';

const agent = fileURLToPath(new URL('./thinking-agent.mjs', import.meta.url));
const [, , , seconds = '60'] = process.argv;

const executor = await connect();
const argv = [process.execPath, agent, seconds];
const params = { argv, timeout: 600, stall_timeout: 300, stop_on: ['completion'], output: { mode: 'lines' } };
const completed = await executor.run(params, (method, event) => {
  if (method === 'process.output') {
    for (const line of event.data.trimEnd().split('\n')) console.log(`event: ${JSON.parse(line).type}`);
  }
  if (method === 'task.early_completion') console.log(`finished: ${JSON.parse(event.output_line).result}`);
});
console.log(`${completed.status} (${completed.reason}) by the marker ${completed.completion_marker}`);
executor.close();
