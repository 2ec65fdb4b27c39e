import { setTimeout as delay } from 'node:timers/promises';
import type { RemoteExecution } from '../client/remote-execution.js';
import { RpcError } from '../client/rpc-error.js';

/** Of one request: with base64 well under what the service takes in a message, by default. */
const PIECE_BYTES = 65_536;
const LOOK_AGAIN_MS = 50;

/** Passes this program's stdin to a command, as fast as the command reads it, until one of them has ended. */
export async function passStdin(execution: RemoteExecution, over: AbortSignal): Promise<void> {
  over.addEventListener('abort', () => process.stdin.destroy(), { once: true });
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES)
        await give(execution, chunk.subarray(at, at + PIECE_BYTES), over);
    }
    await execution.input('', { eof: true });
  } catch (error) {
    if (over.aborted || isUnwanted(error)) return;
    process.stderr.write(`stdin is not passed on: ${String(error)}\n`);
    await execution.cancel();
  }
}

async function give(execution: RemoteExecution, piece: Buffer, over: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await execution.input(piece);
      return;
    } catch (error) {
      // Nothing of it was taken: the command has not read what it has.
      if (!RpcError.is(error, 'resource-limit') || error.data?.resource !== 'stdin') throw error;
      await delay(LOOK_AGAIN_MS, null, { signal: over });
    }
  }
}

/** The command has ended, or has closed its stdin: as with a pipe, that is its own matter. */
function isUnwanted(error: unknown): boolean {
  return RpcError.is(error, 'not-running') || RpcError.is(error, 'invalid-params');
}
