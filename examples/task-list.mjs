// A list of tasks, each of which waits for the one before; the first that fails ends the list.
import { connect } from './executor.mjs';

const TASKS = [
  ['make a directory', 'mkdir -p "${TMPDIR:-/tmp}/executor-example" && echo made'],
  ['write a file', 'echo "1 2 3" > "${TMPDIR:-/tmp}/executor-example/numbers" && echo written'],
  ['add the numbers', 'read -r a b c < "${TMPDIR:-/tmp}/executor-example/numbers" && echo $((a + b + c))'],
  ['fail', 'echo "this is not there" >&2; exit 4'],
  ['never run', 'echo unreachable'],
];

const executor = await connect();
for (const [index, [name, command]] of TASKS.entries()) {
  console.log(`${index + 1}. ${name}`);
  const { status, exit_code } = await executor.run({ command }, (method, { data }) => {
    if (method === 'process.output') process.stdout.write(`   ${data}`);
  });
  if (status === 'completed') continue;
  console.log(`   ended with ${exit_code}: the rest is not run`);
  break;
}
executor.close();
