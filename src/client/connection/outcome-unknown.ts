import { ClientError } from '../client-error.js';

/** The connection ended before the answer to a call that cannot be made again. */
export function outcomeUnknown(method: string, params: object): ClientError {
  const { idempotency_key: key } = params as { readonly idempotency_key?: string };
  return new ClientError(
    { kind: 'outcome-unknown', method, idempotencyKey: key ?? null },
    `The connection ended before the answer to ${method}: whether it was done is not known`,
  );
}
