import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readDetectors } from '../../../src/config/detectors-file.js';
import type { Finding } from '../../../src/detector/finding.js';
import { LineDetectors } from '../../../src/detector/line-detectors.js';
import { OutputScanner } from '../../../src/detector/output-scanner.js';

const faults: string[] = [];
const table = readDetectors(null, faults);
const detectors = new LineDetectors(table.entries, table);

function scan(text: string, cuts: readonly number[] = [], by = detectors): Finding[] {
  const found: Finding[] = [];
  const scanner = new OutputScanner(by, (finding) => found.push(finding));
  const bytes = Buffer.from(text);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  ends.forEach((end, index) => {
    const data = Buffer.from(bytes.subarray(ends[index - 1] ?? 0, end));
    scanner.push('stdout', data);
    data.fill(0);
  });
  scanner.end();
  return found;
}

const kindsOf = (text: string): string[] => scan(text).map(({ kind }) => kind);

describe("the service's own detectors", () => {
  it('are without a fault', () => {
    expect(faults).toEqual([]);
  });

  it.each([
    ['Done!', { kind: 'completion', text: 'Done!', line: 'Done!' }],
    ['\u001b[1;32mTask completed\u001b[0m in 3 s', { kind: 'completion', line: 'Task completed in 3 s' }],
    ['Created file: /etc/passwd', { kind: 'file_created', path: '/etc/passwd' }],
    ['File created successfully at: "src/a b.ts".', { kind: 'file_created', path: 'src/a' }],
    ["API Error: Claude's response exceeded the 32000 output token maximum.", { kind: 'token_limit', limit: 32000 }],
    ['Error: maximum context length is 128,000 tokens', { kind: 'token_limit', limit: 128000 }],
    ['Claude AI usage limit reached', { kind: 'usage_limit', resetAt: null }],
    ['Claude AI usage limit reached|1760000000', { kind: 'usage_limit', resetAt: 1760000000000 }],
    ['HTTP 429 too many requests', { kind: 'rate_limit', retryAfterMs: 60_000 }],
    ['429 Too Many Requests, retry after 7', { kind: 'rate_limit', retryAfterMs: 7000 }],
    ['Rate limit reached. Please try again in 1.5s.', { kind: 'rate_limit', retryAfterMs: 1500 }],
    ['Rate limit reached. Please try again in 250 ms.', { kind: 'rate_limit', retryAfterMs: 250 }],
    ['Rate limit: try again in 20 minutes', { kind: 'rate_limit', retryAfterMs: 1_200_000 }],
    ['bash: line 1: foo: command not found', { kind: 'command_not_found', command: 'foo' }],
    ['zsh:1: command not found: foo', { kind: 'command_not_found', command: 'foo' }],
    ['sh: 1: foo: not found', { kind: 'command_not_found', command: 'foo' }],
    ['{"type":"result","subtype":"success","is_error":false,"result":"x"}', { kind: 'completion', text: 'result' }],
    [
      '{"type":"result","subtype":"success","is_error":true,"result":"Claude AI usage limit reached|1760000000"}',
      { kind: 'usage_limit', resetAt: 1760000000000 },
    ],
    [
      '{"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": 1760000000}}',
      { kind: 'usage_limit', resetAt: 1760000000000 },
    ],
    [
      '{"type":"system","subtype":"api_retry","error_status":429,"retry_delay_ms":1200}',
      { kind: 'rate_limit', retryAfterMs: 1200 },
    ],
    ['{"type":"assistant","message":{"stop_reason":"max_tokens"}}', { kind: 'token_limit', limit: null }],
  ])('read %s', (line, expected) => {
    expect(scan(`before\n${line}\nafter\n`)).toMatchObject([expected]);
  });

  it.each([
    'wait...',
    'output truncated here',
    'Not done!',
    'I am Done! now',
    'the usage of limits',
    'port 4290',
    '{"type":"assistant","message":{"content":[{"type":"text","text":"Done! Task completed, HTTP 429"}]}}',
    '{"type":"rate_limit_event","rate_limit_info":{"status":"allowed","resetsAt":1760000000}}',
    '{"type":"user","note":"Task completed"}',
  ])('find nothing in %s', (line) => {
    expect(kindsOf(`${line}\n`)).toEqual([]);
  });

  it('read what only looks like JSON as words', () => {
    expect(kindsOf('{ echo; } HTTP 429\n')).toEqual(['rate_limit']);
  });
});

describe('the reading of output', () => {
  const line = fc.oneof(
    fc.constantFrom('Done!', 'HTTP 429', 'Created file: a', '', '{"type":"turn.completed"}', 'x: command not found'),
    fc.stringMatching(/^[a-z é✅]{0,30}$/),
  );

  it('does not depend on how it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.boolean(),
        fc.array(fc.nat(2000), { maxLength: 10 }),
        (lines, isEnded, cuts) => {
          const text = `${lines.join('\n')}${isEnded ? '\n' : ''}`;
          expect(scan(text, cuts)).toEqual(scan(text));
        },
      ),
    );
  });

  it('tells of a completion once, and of all else twenty times', () => {
    const kinds = kindsOf('Done!\nHTTP 429\nCreated file: a\n'.repeat(50));

    expect(kinds.filter((kind) => kind === 'completion')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'rate_limit')).toHaveLength(20);
    expect(kinds.filter((kind) => kind === 'file_created')).toHaveLength(20);
  });

  it('looks at the first part of a line only', () => {
    const padding = 'x '.repeat(2048);

    expect(kindsOf(`x HTTP 429 ${padding}\n`)).toEqual(['rate_limit']);
    expect(kindsOf(`${padding} HTTP 429\n`)).toEqual([]);
    expect(kindsOf(`${padding} HTTP 429`)).toEqual([]);
    expect(kindsOf(`{"a":"${padding}","type":"turn.completed"}\n`)).toEqual(['completion']);
    const short = new LineDetectors(table.entries, { ...table, jsonBytes: 300 });
    expect(scan(`{"a":"HTTP 429 ${padding}","type":"turn.completed"}\n`, [], short)).toEqual([]);
  });

  it('reads few lines closely where many look like something, whatever the cuts', () => {
    const decoys = 'xDone!\n'.repeat(10_000);
    const tail = `${'y'.repeat(200)}\n`.repeat(2000);

    expect(kindsOf(`${decoys}HTTP 429\n`)).toEqual([]);
    expect(kindsOf(`${decoys}${tail}HTTP 429\n`)).toEqual(['rate_limit']);
    fc.assert(
      fc.property(fc.array(fc.nat(70_000), { maxLength: 5 }), (cuts) => {
        expect(scan(`${'xDone!\n'.repeat(100)}HTTP 429\n`.repeat(20), cuts)).toEqual(
          scan(`${'xDone!\n'.repeat(100)}HTTP 429\n`.repeat(20)),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('is not worn out by the texts of JSON in lines that are none', () => {
    expect(kindsOf(`${'the "result" of it\n'.repeat(1000)}HTTP 429\n`)).toEqual(['rate_limit']);
  });

  it('keeps little of a line without an end', () => {
    const found: Finding[] = [];
    const scanner = new OutputScanner(detectors, (finding) => found.push(finding));
    for (let round = 0; round < 100; round++) scanner.push('stderr', Buffer.from('HTTP 429 '.repeat(7000)));
    scanner.end();

    expect(found).toMatchObject([{ kind: 'rate_limit', stream: 'stderr' }]);
    expect(found[0]?.line).toHaveLength(1000);
  });
});
