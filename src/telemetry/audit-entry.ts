/** What the audit log tells of. `code` is that of the answer, `rule` names why in one word. Times are milliseconds. */
export type AuditEntry = AuditActor & (AuditedCall | AuditedConnection | AuditedEnd);

/** Who did it, and from where. */
export interface AuditActor {
  /** Name of the token; null = none. */
  readonly who: string | null;
  readonly address: string;
  /** null = there is no session. */
  readonly sessionId: string | null;
}

interface AuditedCall {
  readonly event: 'execute' | 'control' | 'extend' | 'input' | 'attach' | 'resume';
  /** null = accepted. */
  readonly refusal: AuditRefusal | null;
  readonly executionId: string | null;
  /** What was to be run; null = the request says nothing that could be. */
  readonly program?: AuditedProgram | null;
  /** Of a control: what was asked for. */
  readonly control?: string | null;
  readonly signal?: string | null;
}

interface AuditedConnection {
  readonly event: 'connect';
  readonly refusal: AuditRefusal;
}

interface AuditedEnd {
  readonly event: 'end';
  readonly executionId: string;
  readonly reason: string;
  readonly exitCode: number | null;
  readonly durationMs: number;
}

export interface AuditRefusal {
  readonly code: number;
  readonly rule: string;
}

export type AuditedProgram = { readonly command: string } | { readonly argv: readonly string[] };
