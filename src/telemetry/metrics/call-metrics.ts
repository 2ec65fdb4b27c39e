import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { AuditRefusal } from '../audit-entry.js';
import { Metrics } from './metrics.js';

/** Most rules that are told apart; there are fewer. */
const MAX_RULES = 100;
/** The answers that a request for any method may get, whether there is one or not: unknown method, and rate. */
const ANSWERS_TO_ANY: ReadonlySet<number> = new Set([-32601, -32005]);
const OTHER = 'other';

/** What clients asked for and were refused. */
@Injectable()
export class CallMetrics {
  readonly #requests: Counter<'method'> | null;
  readonly #refusals: Counter<'of' | 'code' | 'rule'> | null;
  readonly #methods = new Set<string>();
  readonly #rules = new Set<string>();

  constructor(metrics: Metrics) {
    this.#requests = metrics.isOn
      ? metrics.counter({ name: 'requests_total', help: 'Requests that were answered', labelNames: ['method'] })
      : null;
    this.#refusals = metrics.isOn
      ? metrics.counter({
          name: 'refusals_total',
          help: 'Connections and requests that were refused, by code and rule',
          labelNames: ['of', 'code', 'rule'],
        })
      : null;
  }

  /** A connection is refused: by an HTTP status, or a JSON-RPC code. */
  turnedAway(refusal: AuditRefusal): void {
    this.#count('connection', refusal);
  }

  /** A request, or a notification, is done. */
  finished(method: string, refusal: AuditRefusal | null): void {
    if (this.#requests === null) return;
    if (refusal === null || !ANSWERS_TO_ANY.has(refusal.code)) this.#methods.add(method);
    this.#requests.inc({ method: this.#methods.has(method) ? method : OTHER });
    if (refusal !== null) this.#count('request', refusal);
  }

  #count(of: 'connection' | 'request', { code, rule }: AuditRefusal): void {
    if (this.#rules.size < MAX_RULES) this.#rules.add(rule);
    this.#refusals?.inc({ of, code, rule: this.#rules.has(rule) ? rule : OTHER });
  }
}
