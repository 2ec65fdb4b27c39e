import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { type ClientOptions, WebSocket } from 'ws';
import { OwnService } from './own-service.js';
import { clientToken } from '../config/client-token.js';
import { readConfig } from '../config/read-config.js';
import { runCommand } from './run-command.js';

const USAGE = `Usage: npm run exec -- [options] COMMAND

Runs COMMAND through the service, streams what it prints, and exits with its exit code
(128 + N where signal N ended it). Ctrl-C cancels the command.

Options:
  --url URL          the service (default: the configured HOST, PORT and WS_PATH on this machine)
  --cwd DIR          working directory of the command
  --timeout SECONDS  time limit of the command (default: the service's)
  --stdin            pass this program's stdin to the command
  --help             print this text

AUTH_TOKEN of the environment or of .env is presented to the service.
Where no service answers at the default address, one is started for this command.
`;

/** EX_USAGE and EX_UNAVAILABLE of sysexits(3). */
const EXIT_USAGE = 64;
const EXIT_UNAVAILABLE = 69;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'number') return options;
  const service = options.url === null ? await localService() : { url: options.url, own: null };
  const token = service.own?.token ?? clientToken();
  try {
    return await runCommand(new WebSocket(service.url, authorization(token)), options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT_UNAVAILABLE;
  } finally {
    await service.own?.stop();
  }
}

function readOptions():
  { url: string | null; command: string; cwd: string | null; timeout: number | null; stdin: boolean } | number {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        cwd: { type: 'string' },
        timeout: { type: 'string' },
        stdin: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const timeout = values.timeout === undefined ? null : Number(values.timeout);
    if (positionals.length === 0) throw new Error('A command is missing');
    if (timeout !== null && !(timeout >= 0)) throw new Error('--timeout takes a number of seconds');
    return {
      url: values.url ?? null,
      command: positionals.join(' '),
      cwd: values.cwd ?? null,
      timeout,
      stdin: values.stdin ?? false,
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
}

/** The configured service where it answers, else one of our own. */
async function localService(): Promise<{ url: string; own: OwnService | null }> {
  const { host, port, path } = (await readConfig()).server;
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const url = `ws://${address.includes(':') ? `[${address}]` : address}:${String(port)}${path}`;
  if (port !== 0 && (await answers(url))) return { url, own: null };
  const own = await OwnService.start();
  process.stderr.write(`No service answers at ${url}: started one for this command at ${own.url}\n`);
  return { url: own.url, own };
}

/** The upgrade request's header of a token; never a part of the URL, which ends up in logs. */
function authorization(token: string | null): ClientOptions {
  return token === null ? {} : { headers: { Authorization: `Bearer ${token}` } };
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, authorization(clientToken()));
    socket.once('open', () => {
      resolve(true);
      socket.close();
    });
    // Whoever refuses a WebSocket answers all the same: what it says is told when the command is sent.
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED');
    });
  });
}
