import { ClusterError } from '../../cluster/cluster-error.js';
import { RemoteFault } from '../../cluster/node/remote-fault.js';
import { RpcError } from '../../rpc/rpc-error.js';
import { MESSAGE_BODIES } from './message-bodies.js';

/**
 * Asks another service; what it refuses is thrown as it would be here.
 * @throws RpcError
 * @throws ClusterError
 */
export async function refusedAlike<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    if (error.fault === null) throw new ClusterError('the other service fails');
    const { code, message, data } = MESSAGE_BODIES.fault(error.fault);
    throw new RpcError(code, message, data ?? undefined);
  }
}
