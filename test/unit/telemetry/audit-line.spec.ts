import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AuditEntry } from '../../../src/telemetry/audit-entry.js';
import { auditLine } from '../../../src/telemetry/audit-line.js';
import { Redaction } from '../../../src/telemetry/redaction.js';

const AT = new Date('2026-01-02T03:04:05.678Z');
const ACTOR = { who: 'ci', address: '127.0.0.1', sessionId: 's-1' };

function line(entry: AuditEntry, commands: 'digest' | 'text' = 'text'): string {
  return auditLine(entry, AT, { commands, redaction: new Redaction([]) });
}

function execute(program: { command: string } | { argv: string[] }): AuditEntry {
  return { ...ACTOR, event: 'execute', refusal: null, executionId: 'e-1', program };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('a line of the audit log', () => {
  it('tells an accepted execution', () => {
    expect(JSON.parse(line(execute({ command: 'ls -l' })))).toStrictEqual({
      time: '2026-01-02T03:04:05.678Z',
      event: 'execute',
      decision: 'accepted',
      who: 'ci',
      address: '127.0.0.1',
      session_id: 's-1',
      execution_id: 'e-1',
      command_sha256: sha256('ls -l'),
      command_bytes: 5,
      command: 'ls -l',
    });
  });

  it('tells a refused control', () => {
    const refusal = { code: -32003, rule: 'not_running' };
    const entry = {
      ...ACTOR,
      event: 'control',
      refusal,
      executionId: null,
      control: 'SIGNAL',
      signal: 'SIGHUP',
    } as const;

    expect(JSON.parse(line(entry))).toMatchObject({
      decision: 'refused',
      execution_id: null,
      control: 'SIGNAL',
      signal: 'SIGHUP',
      ...refusal,
    });
  });

  it('tells an end in seconds', () => {
    const entry = {
      ...ACTOR,
      event: 'end',
      executionId: 'e',
      reason: 'signal',
      exitCode: -15,
      durationMs: 1234.5678,
    } as const;

    expect(JSON.parse(line(entry))).toMatchObject({ event: 'end', reason: 'signal', exit_code: -15, duration: 1.235 });
    expect(line(entry)).not.toContain('decision');
  });

  it('tells a refused connection', () => {
    const entry = {
      ...ACTOR,
      sessionId: null,
      event: 'connect',
      refusal: { code: 403, rule: 'Origin not allowed' },
    } as const;

    expect(JSON.parse(line(entry))).toMatchObject({
      event: 'connect',
      decision: 'refused',
      code: 403,
      session_id: null,
    });
  });

  it('has no text of a command where digests are asked for', () => {
    const text = line(execute({ command: 'echo unseen' }), 'digest');

    expect(text).not.toContain('unseen');
    expect(JSON.parse(text)).toMatchObject({ command_sha256: sha256('echo unseen'), command_bytes: 11 });
  });

  it('tells arguments apart', () => {
    const text = JSON.parse(line(execute({ argv: ['ls', '-l', 'a b', '', 'ü"'] }))) as Record<string, unknown>;

    expect(text['command']).toBe('ls -l "a b" "" "ü\\""');
    expect(text['command_sha256']).toBe(sha256('ls\0-l\0a b\0\0ü"'));
  });

  it.each([
    [{ command: 'curl -H "Authorization: Bearer abcdefgh12345678" x' }],
    [{ argv: ['curl', '-H', 'Authorization: Bearer abcdefgh12345678'] }],
    [{ argv: ['mysql', '--password', 'abcdefgh12345678'] }],
    [{ argv: ['mysql', '--password', 'a b abcdefgh12345678'] }],
  ])('masks the secrets of %j', (program) => {
    expect(line(execute(program))).not.toContain('abcdefgh12345678');
  });

  it('masks a secret that stands where the text is cut', () => {
    const secret = `password=${'s3cret'.repeat(20)}`;

    expect(line(execute({ command: `${'x'.repeat(4000)} ${secret}` }))).not.toContain('s3cret');
    expect(line(execute({ command: `${'x'.repeat(4090)} ${secret}` }))).not.toContain('s3c');
  });

  it('cuts a long text and says so', () => {
    const { command } = JSON.parse(line(execute({ command: 'x'.repeat(10_000) }))) as { command: string };

    expect(command).toBe(`${'x'.repeat(4096)} [cut, 10000 characters]`);
  });

  it('tells what is too long to run by its digest alone', () => {
    const text = line(execute({ command: 'y'.repeat(5_000_000) }));

    expect(text.length).toBeLessThan(1000);
    expect(JSON.parse(text)).toMatchObject({ command_bytes: 5_000_000 });
  });

  it('is one printable ASCII line of JSON with the fields it is given, whatever they hold', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            '\n',
            '\r',
            '\u2028',
            '\u2029',
            '\x1b[2J',
            '\x7f',
            '\x85',
            '\u202e',
            '"',
            '\\',
            '\0',
            '}',
            '\ud800',
          ),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, text, text, text, (command, who, address, id) => {
        const written = line({
          event: 'execute',
          who,
          address,
          sessionId: id,
          refusal: null,
          executionId: id,
          program: { command },
        });
        expect(written).toMatch(/^[ -~]+\n$/);
        const fields = JSON.parse(written) as Record<string, unknown>;
        expect(Object.keys(fields)).toHaveLength(10);
        expect(fields).toMatchObject({ event: 'execute', decision: 'accepted', who, address });
      }),
    );
  });

  it('is bounded', () => {
    const worst = '\u2028'.repeat(100_000);
    const entry = {
      event: 'control',
      who: worst,
      address: worst,
      sessionId: worst,
      executionId: worst,
      control: worst,
      signal: worst,
    } as const;

    expect(line({ ...entry, refusal: { code: 1, rule: worst } }).length).toBeLessThan(20_000);
    expect(line(execute({ command: worst })).length).toBeLessThan(30_000);
  });
});
