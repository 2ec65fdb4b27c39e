// Several commands at a time, as many as the session may run (MAX_PROCESSES_PER_SESSION).
import { connect } from './executor.mjs';

const JOBS = ['sleep 0.6; echo slow', 'sleep 0.3; echo medium', 'echo fast'];

const executor = await connect();
const width = Math.min(executor.limits.max_processes, JOBS.length);
console.log(`${JOBS.length} commands, ${width} at a time`);
const waiting = [...JOBS];
await Promise.all(
  Array.from({ length: width }, async () => {
    for (let command = waiting.shift(); command !== undefined; command = waiting.shift())
      await executor.run({ command }, (method, { data }) => {
        if (method === 'process.output') process.stdout.write(data);
      });
  }),
);
executor.close();
