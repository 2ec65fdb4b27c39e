/** What the services tell each other of an execution beside its events. */
export interface ExecutionAbout {
  /** The clients it is shared by; null = all. */
  readonly group: string | null;
  readonly sessionId: string;
  readonly pid: number;
  readonly encoding: 'utf8' | 'base64';
  /** Its row, as `status` tells it when it begins. */
  readonly row: Readonly<Record<string, unknown>>;
}

/** What was told, or null: whoever can reach the store may have written it. */
export function executionAbout(value: unknown): ExecutionAbout | null {
  if (typeof value !== 'object' || value === null) return null;
  const { group, sessionId, pid, encoding, row } = value as Readonly<Record<keyof ExecutionAbout, unknown>>;
  const isWhole =
    (group === null || typeof group === 'string') &&
    typeof sessionId === 'string' &&
    Number.isSafeInteger(pid) &&
    (encoding === 'utf8' || encoding === 'base64') &&
    typeof row === 'object' &&
    row !== null;
  return isWhole ? (value as ExecutionAbout) : null;
}
