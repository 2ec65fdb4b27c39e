import type { Redis } from 'ioredis';
import type { RedisAddress } from './redis-address.js';

/** Bound of each step of a connection's set-up. */
const SETUP_MS = 1000;
/** Longest that the end of a connection waits for the server. */
const CLOSE_MS = 200;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1000;

/**
 * A client that connects when told to, connects again for ever, and keeps no command for later: one that cannot be sent
 * or whose connection is lost is rejected at once, and none is sent twice. The library is loaded with the first one.
 * @param answerMs after which a command without an answer is rejected; a second at least, as the set-up takes commands too
 */
export async function redisClient({ options }: RedisAddress, answerMs = SETUP_MS): Promise<Redis> {
  const ioredis = await import('ioredis');
  return new ioredis.Redis({
    ...options,
    connectionName: 'cc-executor',
    disableClientInfo: true,
    lazyConnect: true,
    connectTimeout: SETUP_MS,
    commandTimeout: Math.max(SETUP_MS, answerMs),
    disconnectTimeout: CLOSE_MS,
    // A server that is loading its data says so to a PING too.
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Spread, so that services that lose a server at one moment do not come back at one moment.
    retryStrategy: (times) => Math.min(RETRY_MIN_MS * 2 ** times, RETRY_MAX_MS) * (0.5 + Math.random() / 2),
  });
}
