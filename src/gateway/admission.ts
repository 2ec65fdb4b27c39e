import { Injectable } from '@nestjs/common';
import type { ClientIdentity } from '../policy/client-identity.js';
import { Rates } from '../policy/rates.js';
import type { Call } from '../rpc/call.js';
import type { CallAttendant } from '../rpc/call-attendant.js';
import type { Peer } from '../rpc/peer.js';
import type { RpcError } from '../rpc/rpc-error.js';
import type { UpgradeRefusal } from '../rpc/upgrade-refusal.js';
import { CallAudit } from './call-audit.js';
import { toRpcError } from './error-table.js';
import { StartTurns } from './start-turns.js';

/** Lets clients and their requests through as often as their rates allow, and has the audit log told of both. */
@Injectable()
export class Admission implements CallAttendant {
  constructor(
    private readonly rates: Rates,
    private readonly audit: CallAudit,
    private readonly turns: StartTurns,
  ) {}

  turn(method: string): Promise<void> | null {
    return method === 'execute' ? this.turns.take() : null;
  }

  /**
   * Whether one more connection of this client may become a WebSocket. Never rejects.
   * @param refusal what else is said against it; it stands
   */
  async connection(client: ClientIdentity, refusal: UpgradeRefusal | null): Promise<UpgradeRefusal | null> {
    const answer = refusal ?? (await this.#rateRefusal(client));
    if (answer !== null) this.turnAway(client, answer);
    return answer;
  }

  /** A client is not admitted, and is told so by others. */
  turnAway(client: ClientIdentity, { status, error }: UpgradeRefusal): void {
    this.audit.turnedAway(client, { code: status, rule: error });
  }

  refusal(peer: Peer): null | Promise<RpcError | null> {
    const asked = this.rates.take('requests', peer.identity);
    return asked === null ? null : asked.then(toRpcError);
  }

  finished(peer: Peer, call: Call): void {
    this.audit.finished(peer, call);
  }

  /** Counts a start. @throws RateError */
  async requireExecution(peer: Peer): Promise<void> {
    const refusal = await this.rates.take('executions', peer.identity);
    if (refusal !== null) throw refusal;
  }

  async #rateRefusal(client: ClientIdentity): Promise<UpgradeRefusal | null> {
    const refusal = await this.rates.take('connections', client);
    if (refusal === null) return null;
    return { status: 429, error: 'Too many connections', retryAfter: Math.ceil(refusal.retryAfterMs / 1000) };
  }
}
