import { ClientError } from '../client-error.js';
import { RpcError } from '../rpc-error.js';
import { Fields } from './fields.js';

/** A message of the service. */
export type Frame =
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  /** `id` null: of no request in particular. */
  | { readonly kind: 'error'; readonly id: number | null; readonly error: RpcError };

/** @throws ClientError protocol */
export function readFrame(text: string): Frame {
  const fields = Fields.of(parse(text), 'a message');
  const method = fields.stringOrNull('method');
  if (method !== null) return { kind: 'notification', method, params: fields.get('params') };
  if (fields.get('error') == null) return { kind: 'result', id: fields.number('id'), result: fields.get('result') };
  const error = fields.inner('error');
  return {
    kind: 'error',
    id: fields.numberOrNull('id'),
    error: RpcError.of(error.number('code'), error.string('message'), error.get('data')),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ClientError({ kind: 'protocol' }, 'The service sent what is not JSON', { cause });
  }
}
