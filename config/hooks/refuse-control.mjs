/**
 * A pre-control hook: refuses the named kinds of control; a client cannot cut off what has begun.
 *
 *   refuse-control.mjs TYPE…
 *     PAUSE, RESUME, CANCEL or SIGNAL
 */
import { json } from 'node:stream/consumers';

const { type } = await json(process.stdin);
if (process.argv.slice(2).includes(type)) {
  process.stdout.write(JSON.stringify({ allow: false, reason: `${type} is refused: this command runs to its end` }));
}
