import { constants } from 'node:os';
import type { WebSocket } from 'ws';

export interface CommandOptions {
  readonly command: string;
  readonly cwd: string | null;
  readonly timeout: number | null;
  readonly stdin: boolean;
}

interface Frame {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly error?: { readonly message: string; readonly data?: unknown };
}

const EXIT_SIGNAL_BASE = 128;
const SAME_SIGNAL_MS = 500;

/**
 * Runs a command over a connection: its output comes out here as it is, to the byte. SIGINT and SIGTERM cancel it.
 * @returns the exit code, 128 + N where signal N ended the command
 * @throws where the service refuses, or the connection ends before the command
 */
export function runCommand(socket: WebSocket, options: CommandOptions): Promise<number> {
  let id = 0;
  const request = (method: string, params: object): void => {
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }));
  };
  onStopSignal(
    () => {
      request('control', { type: 'CANCEL' });
    },
    () => {
      socket.terminate();
    },
  );
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code, reason) => {
      reject(new Error(`The connection ended before the command (${String(code)} ${reason.toString()})`));
    });
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      if (frame.error !== undefined) reject(new Error(explain(frame.error)));
      else if (frame.method === 'connected') request('execute', executeParams(options));
      else if (frame.method === 'process.started' && options.stdin) forwardStdin(request);
      else if (frame.method === 'process.output') print(socket, frame.params ?? {});
      else if (frame.method === 'process.error') process.stderr.write(`${String(frame.params?.['error'])}\n`);
      else if (frame.method === 'process.completed') resolve(exitCode(frame.params ?? {}));
    });
  }).finally(() => {
    socket.close();
    process.stdin.destroy();
  }) as Promise<number>;
}

/** One Ctrl-C may arrive twice, from the terminal and from npm; a later one means that the user will not wait. */
function onStopSignal(cancel: () => void, giveUp: () => void): void {
  let canceledAt: number | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (canceledAt === null) {
        canceledAt = performance.now();
        cancel();
      } else if (performance.now() - canceledAt > SAME_SIGNAL_MS) giveUp();
    });
  }
}

function executeParams({ command, cwd, timeout, stdin }: CommandOptions): object {
  return {
    command,
    output: { mode: 'chunk', encoding: 'base64' },
    ...(cwd === null ? {} : { cwd }),
    ...(timeout === null ? {} : { timeout }),
    ...(stdin ? { stdin: true } : {}),
  };
}

/** Writes output on; while this program's own reader is slow, so is the connection, and with it the command. */
function print(socket: WebSocket, params: Record<string, unknown>): void {
  const stream = params['type'] === 'stderr' ? process.stderr : process.stdout;
  if (stream.write(Buffer.from(String(params['data']), 'base64'))) return;
  socket.pause();
  stream.once('drain', () => {
    socket.resume();
  });
}

function forwardStdin(request: (method: string, params: object) => void): void {
  process.stdin.on('data', (chunk: Buffer) => {
    request('input', { data: chunk.toString('base64'), encoding: 'base64' });
  });
  process.stdin.once('end', () => {
    request('input', { eof: true });
  });
}

function exitCode(params: Record<string, unknown>): number {
  const { exit_code: code, signal } = params;
  if (typeof signal === 'string') return EXIT_SIGNAL_BASE + (constants.signals[signal as NodeJS.Signals] || 0);
  return typeof code === 'number' ? code : 1;
}

function explain(error: { readonly message: string; readonly data?: unknown }): string {
  return error.data == null
    ? error.message
    : `${error.message}: ${typeof error.data === 'string' ? error.data : JSON.stringify(error.data)}`;
}
