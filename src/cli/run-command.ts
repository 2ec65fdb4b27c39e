import { once } from 'node:events';
import type { Exit } from '../client/wire/exit.js';
import type { ExecuteRequest } from '../client/wire/execute-request.js';
import type { ExecutorClient } from '../client/executor-client.js';
import type { RemoteExecution } from '../client/remote-execution.js';
import { passStdin } from './pass-stdin.js';
import { TerminalSignals } from './terminal-signals.js';

export interface CommandOptions {
  readonly command: string;
  /** An execution to follow, instead of a command to start. */
  readonly attach: string | null;
  readonly cwd: string | null;
  readonly timeout: number | null;
  readonly stdin: boolean;
  readonly onDisconnect: 'cancel' | 'keep' | 'pause' | null;
  readonly showsId: boolean;
}

const EXIT_SIGNAL_BASE = 128;

/**
 * Runs a command: its output comes out here as it is, to the byte, what comes in here is its stdin, and the terminal's
 * signals are its own.
 * @returns the exit code, 128 + N where signal N ended the command
 * @throws where the service refuses, or the command is lost
 */
export async function runCommand(client: ExecutorClient, options: CommandOptions): Promise<number> {
  const signals = new TerminalSignals();
  const execution =
    options.attach === null
      ? await client.execute(request(options))
      : await client.attach(options.attach, { encoding: 'base64' });
  signals.goTo(execution);
  if (options.showsId) process.stderr.write(`Execution ${execution.id}\n`);
  const over = new AbortController();
  const passing = options.stdin ? passStdin(execution, over.signal) : Promise.resolve();
  try {
    await print(execution);
    return exitCode(await execution.done);
  } finally {
    over.abort();
    await passing;
  }
}

function request({ command, cwd, timeout, stdin, onDisconnect }: CommandOptions): ExecuteRequest {
  return {
    command,
    output: { mode: 'chunk', encoding: 'base64' },
    ...(cwd === null ? {} : { cwd }),
    ...(timeout === null ? {} : { timeout }),
    ...(stdin ? { stdin: true } : {}),
    ...(onDisconnect === null ? {} : { on_disconnect: onDisconnect }),
  };
}

/** Writes output on; while this program's own reader is slow, so is the command. */
async function print(execution: RemoteExecution): Promise<void> {
  for await (const event of execution) {
    if (event.type === 'output') {
      const stream = process[event.stream];
      if (!stream.write(Buffer.from(event.data, 'base64'))) await once(stream, 'drain');
    } else if (event.type === 'timed_out') process.stderr.write(`${event.error}\n`);
    else if (event.type === 'gap')
      process.stderr.write(`Output is missing here: events ${String(event.from)} to ${String(event.to)}\n`);
  }
}

function exitCode({ exit_code: code }: Exit): number {
  if (code === null) return 1;
  return code < 0 ? EXIT_SIGNAL_BASE - code : code;
}
