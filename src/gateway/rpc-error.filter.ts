import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, Logger, type WsExceptionFilter } from '@nestjs/common';
import { Call } from '../rpc/call.js';
import { RpcError } from '../rpc/rpc-error.js';
import type { Peer } from '../rpc/peer.js';
import { Reception } from './reception.js';
import { toRpcError } from './error-table.js';

/**
 * Marks a call as failed with the answer its error gets. An error that no room declares is a defect: it is logged once,
 * and the client learns only what finds it in the log.
 */
@Catch()
export class RpcErrorFilter implements WsExceptionFilter {
  readonly #logger = new Logger(RpcErrorFilter.name);

  constructor(private readonly reception: Reception) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const call = host.switchToWs().getData<Call>();
    const answer = toRpcError(error) ?? this.#defect(error, call, host.switchToWs().getClient<Peer>());
    call.fail(answer);
  }

  #defect(error: unknown, call: Call, peer: Peer): RpcError {
    const correlationId = randomUUID();
    const stack = error instanceof Error ? error.stack : String(error);
    const ids = { session_id: this.reception.sessionId(peer), execution_id: call.subject };
    this.#logger.error(`${call.request.method} failed (correlation ${correlationId})`, ids, stack);
    return RpcError.internal(correlationId);
  }
}
