import type { Client } from './client.js';
import type { Row } from './wire.js';

/** The session's executions by `list`. */
export async function listed(client: Client): Promise<readonly Row[]> {
  return ((await client.request('list')) as { executions: Row[] }).executions;
}
