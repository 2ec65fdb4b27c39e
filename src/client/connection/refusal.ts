import { ClientError } from '../client-error.js';
import { RpcError } from '../rpc-error.js';

/** Whether the next attempt to connect may go better. */
export function isPassing(error: unknown): error is Error {
  if (!(error instanceof ClientError) || error.fault.kind !== 'refused') return error instanceof Error;
  return error.fault.status === 429 || error.fault.status === 503;
}

/** How long the service wants to be left alone, in milliseconds. */
export function retryAfterMs(error: unknown): number {
  if (RpcError.is(error, 'rate-limit') || RpcError.is(error, 'shutting-down'))
    return (error.data?.retry_after ?? 0) * 1000;
  return error instanceof ClientError && error.fault.kind === 'refused' ? (error.fault.retryAfterMs ?? 0) : 0;
}
