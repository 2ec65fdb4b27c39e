import { createHash } from 'node:crypto';
import type { AuditedProgram, AuditEntry } from './audit-entry.js';
import type { Redaction } from './redaction.js';

/** Longest text of a command, and of any other value, in characters before escapes. */
const MAX_COMMAND = 4096;
const MAX_VALUE = 256;

/** A command that is longer cannot run: MAX_ARG_STRLEN of execve(2). Its text is not told. */
const MAX_RUNNABLE = 131_071;

/** How commands are told in lines. */
export interface AuditLineOptions {
  readonly commands: 'digest' | 'text';
  readonly redaction: Redaction;
}

/**
 * The entry as one line of JSON, with its newline. It is printable ASCII, whatever a client or a command put into it: all
 * else is escaped, so that no reader and no terminal sees another line or another order. Longest: about 30 kB.
 */
export function auditLine(entry: AuditEntry, at: Date, options: AuditLineOptions): string {
  const fields = {
    time: at.toISOString(),
    event: entry.event,
    ...('refusal' in entry ? { decision: entry.refusal === null ? 'accepted' : 'refused' } : {}),
    who: entry.who,
    address: entry.address,
    session_id: entry.sessionId,
    ...detail(entry, options),
    ...('refusal' in entry ? entry.refusal : null),
  };
  return `${ascii(JSON.stringify(fields, (key, value: unknown) => bounded(key, value)))}\n`;
}

function detail(entry: AuditEntry, options: AuditLineOptions): Record<string, unknown> {
  switch (entry.event) {
    case 'connect':
      return {};
    case 'end':
      return {
        execution_id: entry.executionId,
        reason: entry.reason,
        exit_code: entry.exitCode,
        duration: Math.round(entry.durationMs) / 1000,
      };
    default:
      return {
        execution_id: entry.executionId,
        ...(entry.program ? commandFields(entry.program, options) : null),
        ...(entry.control === undefined ? null : { control: entry.control }),
        ...(entry.signal == null ? null : { signal: entry.signal }),
      };
  }
}

/** The digest is that of the command's UTF-8, or of its arguments with a NUL between. */
function commandFields(program: AuditedProgram, { commands, redaction }: AuditLineOptions): Record<string, unknown> {
  const isCommand = 'command' in program;
  const text = isCommand ? program.command : program.argv.join('\0');
  const digest = {
    command_sha256: createHash('sha256').update(text).digest('hex'),
    command_bytes: Buffer.byteLength(text),
  };
  if (commands === 'digest' || text.length > MAX_RUNNABLE) return digest;
  return { ...digest, command: redaction.mask(isCommand ? text : program.argv.map(quoted).join(' ')) };
}

/** An argument as it is where nothing in it is special, else in quotes. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}

function bounded(key: string, value: unknown): unknown {
  const most = key === 'command' ? MAX_COMMAND : MAX_VALUE;
  if (typeof value !== 'string' || value.length <= most) return value;
  return `${value.slice(0, most)} [cut, ${String(value.length)} characters]`;
}

function ascii(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
