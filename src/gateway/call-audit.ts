import { Injectable } from '@nestjs/common';
import type { ClientIdentity } from '../policy/client-identity.js';
import type { Execution } from '../process/execution.js';
import type { Call } from '../rpc/call.js';
import type { Peer } from '../rpc/peer.js';
import type { AuditActor, AuditedProgram, AuditRefusal } from '../telemetry/audit-entry.js';
import { AuditLog } from '../telemetry/audit-log.js';
import { CallMetrics } from '../telemetry/metrics/call-metrics.js';
import { refusalRule } from './refusal-rule.js';

const AUDITED = ['execute', 'control', 'extend', 'input', 'attach', 'resume'] as const;
type Audited = (typeof AUDITED)[number];

/** Tells the audit log and the metrics what clients did, and what they were refused. */
@Injectable()
export class CallAudit {
  readonly #sessionIds = new WeakMap<Peer, string>();

  constructor(
    private readonly log: AuditLog,
    private readonly metrics: CallMetrics,
  ) {}

  /** From here on the connection's doings are those of this session. */
  opened(peer: Peer, sessionId: string): void {
    this.#sessionIds.set(peer, sessionId);
  }

  /** A connection is refused. */
  turnedAway(client: ClientIdentity, refusal: AuditRefusal): void {
    this.metrics.turnedAway(refusal);
    this.log.record({ event: 'connect', who: client.tokenName, address: client.address, sessionId: null, refusal });
  }

  /** A call is done; those that neither start nor touch an execution are not told. */
  finished(peer: Peer, { request, error, subject }: Call): void {
    const refusal = error === null ? null : { code: error.code, rule: refusalRule(error) };
    this.metrics.finished(request.method, refusal);
    const event = AUDITED.find((method) => method === request.method);
    if (event === undefined || !this.log.isOn) return;
    this.log.record({ event, ...this.#actor(peer), refusal, executionId: subject, ...askedFor(event, request.params) });
  }

  /** The end of an execution is told when it comes. */
  follow(peer: Peer, execution: Execution): void {
    this.followFor(this.#actor(peer), execution);
  }

  /** As `follow`, of one who is connected elsewhere. */
  followFor(actor: AuditActor, execution: Execution): void {
    if (!this.log.isOn) return;
    void execution.ended.then(({ reason, exitCode, durationMs }) => {
      this.log.record({ event: 'end', ...actor, executionId: execution.id, reason, exitCode, durationMs });
    });
  }

  #actor(peer: Peer): AuditActor {
    const { tokenName, address } = peer.identity;
    return { who: tokenName, address, sessionId: this.#sessionIds.get(peer) ?? null };
  }
}

/** What the params say, whether they are valid or not. */
function askedFor(
  event: Audited,
  params: unknown,
): { readonly program?: AuditedProgram | null; readonly control?: string | null; readonly signal?: string | null } {
  const { command, argv, type, signal } = (params ?? {}) as Readonly<Record<string, unknown>>;
  if (event === 'execute') return { program: programOf(command, argv) };
  return event === 'control' ? { control: textOf(type), signal: textOf(signal) } : {};
}

function programOf(command: unknown, argv: unknown): AuditedProgram | null {
  if (typeof command === 'string') return { command };
  return Array.isArray(argv) && argv.every((word) => typeof word === 'string') ? { argv } : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
