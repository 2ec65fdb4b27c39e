import { RemoteFault } from '../../cluster/node/remote-fault.js';
import { toRpcError } from '../error-table.js';

/** Does what another service asks for; what is refused is refused there in the same words. */
export async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refusal = toRpcError(error);
    if (refusal === null) throw error;
    const { code, message, data } = refusal;
    throw new RemoteFault({ code, message, data: data ?? null });
  }
}
