import 'reflect-metadata';
import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ClientError } from '../client/client-error.js';
import { ExecutorClient } from '../client/executor-client.js';
import { clientToken } from '../config/client-token.js';
import { readConfig } from '../config/read-config.js';
import { ConnectionLine } from './connection-line.js';
import { OwnService } from './own-service.js';
import { type CommandOptions, runCommand } from './run-command.js';

const USAGE = `Usage: npm run exec -- [options] COMMAND
       npm run exec -- [options] --attach EXECUTION_ID

Runs COMMAND through the service, streams what it prints to the byte, and exits with its
exit code (128 + N where signal N ended it). A connection that is lost is made again; nothing
that the command prints is lost with it.

Keys and signals:
  Ctrl-C, SIGTERM    cancel the command; once more: kill it
  Ctrl-Z             pause the command and this program; \`fg\` goes on with both
  stdin              goes to the command unless it is a terminal or /dev/null

Options:
  --url URL          the service (default: the configured HOST, PORT and WS_PATH on this machine)
  --cwd DIR          working directory of the command
  --timeout SECONDS  time limit of the command; 0 = none (default: the service's)
  --stdin            pass stdin also where it is a terminal
  --no-stdin         give the command an empty stdin
  --on-disconnect X  what becomes of the command when this program is gone: cancel (default),
                     keep (it runs on) or pause (it is stopped)
  --attach ID        follow an execution that was started before, from its first output that
                     is kept; it has to be one started by this program
  --id               print the execution's id to stderr
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
  let service: Connected | null = null;
  try {
    service = await connect(options.url);
    return await runCommand(service.client, options.command);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return EXIT_UNAVAILABLE;
  } finally {
    await service?.client.close();
    await service?.own?.stop();
    process.stdin.destroy();
  }
}

function readOptions(): { readonly url: string | null; readonly command: CommandOptions } | number {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        cwd: { type: 'string' },
        timeout: { type: 'string' },
        stdin: { type: 'boolean' },
        'no-stdin': { type: 'boolean' },
        'on-disconnect': { type: 'string' },
        attach: { type: 'string' },
        id: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const timeout = values.timeout === undefined ? null : Number(values.timeout);
    if (positionals.length === 0 && values.attach === undefined) throw new Error('A command is missing');
    if (positionals.length > 0 && values.attach !== undefined) throw new Error('--attach takes no command');
    if (timeout !== null && !(timeout >= 0)) throw new Error('--timeout takes a number of seconds');
    return {
      url: values.url ?? null,
      command: {
        command: positionals.join(' '),
        attach: values.attach ?? null,
        cwd: values.cwd ?? null,
        timeout,
        stdin: values['no-stdin'] !== true && (values.stdin === true || isStdinGiven()),
        onDisconnect: onDisconnect(values['on-disconnect']),
        showsId: values.id ?? false,
      },
    };
  } catch (error) {
    process.stderr.write(`${explain(error)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
}

function onDisconnect(given: string | undefined): CommandOptions['onDisconnect'] {
  if (given === undefined || given === 'cancel' || given === 'keep' || given === 'pause') return given ?? null;
  throw new Error('--on-disconnect takes cancel, keep or pause');
}

/** A pipe, a file or a socket; not a terminal, not /dev/null, not a descriptor that is closed. */
function isStdinGiven(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}

interface Connected {
  readonly client: ExecutorClient;
  readonly own: OwnService | null;
}

/** The service at that URL, or the configured one where it answers, else one of our own. */
async function connect(url: string | null): Promise<Connected> {
  const token = clientToken();
  if (url !== null) return { client: await clientOf(url, token), own: null };
  const { host, port, path } = (await readConfig()).server;
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const configured = `ws://${address.includes(':') ? `[${address}]` : address}:${String(port)}${path}`;
  try {
    if (port !== 0) return { client: await clientOf(configured, token), own: null };
  } catch (error) {
    if (!isNobodyThere(error)) throw error;
  }
  const own = await OwnService.start();
  process.stderr.write(`No service answers at ${configured}: started one for this command at ${own.url}\n`);
  try {
    return { client: await clientOf(own.url, own.token), own };
  } catch (error) {
    await own.stop();
    throw error;
  }
}

function clientOf(url: string, token: string | null): Promise<ExecutorClient> {
  const line = new ConnectionLine(process.stderr);
  return ExecutorClient.connect(url, {
    ...(token === null ? {} : { token }),
    onConnection: (change) => {
      line.show(change);
    },
  });
}

function isNobodyThere(error: unknown): boolean {
  return (
    ClientError.is(error, 'unreachable') && (error.cause as { code?: unknown } | undefined)?.code === 'ECONNREFUSED'
  );
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const data = 'rawData' in error ? error.rawData : null;
  return data == null ? error.message : `${error.message}: ${typeof data === 'string' ? data : JSON.stringify(data)}`;
}
