import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, Logger, type WsExceptionFilter } from '@nestjs/common';
import { Call } from '../rpc/call.js';
import { RpcError } from '../rpc/rpc-error.js';
import { toRpcError } from './error-table.js';

/**
 * Marks a call as failed with the answer its error gets. An error that no room declares is a defect: it is logged once,
 * and the client learns only what finds it in the log.
 */
@Catch()
export class RpcErrorFilter implements WsExceptionFilter {
  readonly #logger = new Logger(RpcErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const call = host.switchToWs().getData<Call>();
    call.fail(toRpcError(error) ?? this.#defect(error, call));
  }

  #defect(error: unknown, call: Call): RpcError {
    const correlationId = randomUUID();
    const stack = error instanceof Error ? error.stack : String(error);
    this.#logger.error(`${call.request.method} failed (correlation ${correlationId})`, stack);
    return RpcError.internal(correlationId);
  }
}
