// Stands in for an agent's command line: thinks for a while without a word, tells in JSON lines what it found, and stays.
import { setTimeout as sleep } from 'node:timers/promises';

const [seconds = '60'] = process.argv.slice(2);
const tell = (event) => console.log(JSON.stringify(event));

tell({ type: 'system', subtype: 'init' });
await sleep(Number(seconds) * 1000);
tell({ type: 'assistant', message: { content: [{ type: 'text', text: 'Done! is a word among others.' }] } });
tell({ type: 'result', subtype: 'success', is_error: false, result: 'The answer is 42.' });
// Such programs are known to stay after their last word.
await sleep(3_600_000);
