import { RpcError } from './rpc-error.js';

export type RequestId = string | number | null;

/** A request; without an `id` it is a notification, which is never answered. */
export interface Request {
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** Most requests of one batch. */
const MAX_BATCH = 1000;

/** One frame: a request, or a batch of requests and of what is none (an error to answer with id null). */
export type Message =
  | { readonly batch: false; readonly request: Request }
  | { readonly batch: true; readonly requests: readonly (Request | RpcError)[] };

/**
 * Reads a frame by the JSON-RPC 2.0 specification, sections 4 and 6.
 * @throws RpcError Parse error, or Invalid Request for the whole frame
 */
export function parseMessage(text: string): Message {
  const value = parseJson(text);
  if (!Array.isArray(value)) {
    const request = toRequest(value);
    if (request instanceof RpcError) throw request;
    return { batch: false, request };
  }
  if (value.length === 0) throw RpcError.invalidRequest();
  if (value.length > MAX_BATCH) throw RpcError.invalidRequest(`A batch holds at most ${String(MAX_BATCH)} requests`);
  return { batch: true, requests: value.map((entry) => toRequest(entry)) };
}

/** The text of a response. */
export function responseText(
  id: RequestId,
  outcome: { readonly result: unknown } | { readonly error: RpcError },
): string {
  if ('result' in outcome) return JSON.stringify({ jsonrpc: '2.0', result: outcome.result ?? null, id });
  const { code, message, data } = outcome.error;
  return JSON.stringify({ jsonrpc: '2.0', error: { code, message, data }, id });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw RpcError.parse();
  }
}

function toRequest(value: unknown): Request | RpcError {
  if (typeof value !== 'object' || value === null) return RpcError.invalidRequest();
  const { jsonrpc, id, method, params } = value as Record<string, unknown>;
  const valid =
    jsonrpc === '2.0' &&
    typeof method === 'string' &&
    isId(id) &&
    (params === undefined || (typeof params === 'object' && params !== null));
  return valid ? { id, method, params } : RpcError.invalidRequest();
}

/** A number that JSON cannot carry there and back unchanged (1e400, 2^53 + 1) would be answered under another id. */
function isId(id: unknown): id is RequestId | undefined {
  return (
    id === undefined ||
    id === null ||
    typeof id === 'string' ||
    (typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER)
  );
}
