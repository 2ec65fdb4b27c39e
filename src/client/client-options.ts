import type { ConnectionChange } from './connection/connection-change.js';
import type { LinkOptions } from './connection/link-options.js';
import type { WebSocketLikeClass } from './connection/web-transport.js';

/** How to connect. Times are milliseconds, sizes bytes. */
export interface ClientOptions {
  /** Presented to the service; default: none. */
  readonly token?: string;
  /** Aborted: the client closes, and everything that waits for it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** false: a lost connection is not made again. */
  readonly reconnect?: false | ReconnectOptions;
  /** How a black hole is found out; default: after two heartbeats of silence, 10 s for an answer. */
  readonly keepAlive?: { readonly silenceMs?: number; readonly deadlineMs?: number };
  /** For one connection to come about; default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Of events that wait for a reader, for each execution; default 4 MiB. */
  readonly bufferBytes?: number;
  /** Called when the connection is lost, tried again, restored. */
  readonly onConnection?: (change: ConnectionChange) => void;
  /** A WebSocket class to use instead of the platform's, or of the package `ws` in Node. */
  readonly WebSocket?: WebSocketLikeClass;
}

export interface ReconnectOptions {
  /** Upper bound of the first wait; default 100. Each next one is twice as long, and a random part of it is waited. */
  readonly initialDelayMs?: number;
  /** Upper bound of any wait; default 10 s. */
  readonly maxDelayMs?: number;
  /** How long an outage may last; default 5 minutes. */
  readonly giveUpAfterMs?: number;
  /** Also where the first connection fails; default false. */
  readonly first?: boolean;
}

/** A sixteenth of what a timer takes (2^31 - 1 ms), so that patience may grow. */
const MAX_MS = 2 ** 27;

/** The numbers of the options, or what holds where they are not given. @throws RangeError */
export function readOptions(
  options: ClientOptions,
): Pick<LinkOptions, 'connectTimeoutMs' | 'silenceMs' | 'deadlineMs' | 'reconnect'> & { readonly bufferBytes: number } {
  const { reconnect = {}, keepAlive = {} } = options;
  return {
    connectTimeoutMs: milliseconds('connectTimeoutMs', options.connectTimeoutMs, 10_000),
    silenceMs: keepAlive.silenceMs === undefined ? null : milliseconds('silenceMs', keepAlive.silenceMs, 0),
    deadlineMs: milliseconds('deadlineMs', keepAlive.deadlineMs, 10_000),
    bufferBytes: within('bufferBytes', options.bufferBytes ?? 4_194_304, 1, Number.MAX_SAFE_INTEGER),
    reconnect:
      reconnect === false
        ? null
        : {
            initialDelayMs: milliseconds('initialDelayMs', reconnect.initialDelayMs, 100),
            maxDelayMs: milliseconds('maxDelayMs', reconnect.maxDelayMs, 10_000),
            giveUpAfterMs: milliseconds('giveUpAfterMs', reconnect.giveUpAfterMs, 300_000),
            first: reconnect.first ?? false,
          },
  };
}

function milliseconds(name: string, given: number | undefined, otherwise: number): number {
  return within(name, given ?? otherwise, 1, MAX_MS);
}

function within(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new RangeError(`${name} has to be a number from ${least} to ${most}, not ${String(value)}`);
}
