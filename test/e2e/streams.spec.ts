import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { isAlive, mark, marked, processRow } from './support/proc.js';
import { Service, fixture } from './support/service.js';
import type { Output } from './support/wire.js';

jest.setTimeout(60_000);

const CHUNK_BYTES = 65_536;
const MAX_BUFFER_SIZE = 262_144;
const MODES = ['line', 'lines', 'chunk'] as const;

let service: Service;
let client: Client;

beforeAll(async () => {
  service = await Service.start({ MAX_BUFFER_SIZE: String(MAX_BUFFER_SIZE), MAX_PROCESSES_PER_SESSION: '2' });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

beforeEach(async () => {
  client = await Client.connect(service.url);
});

afterEach(disconnectAll);

/** Puts bytes where a command can `cat` them. */
function file(name: string, bytes: Buffer | string): string {
  const path = join(service.directory, name);
  writeFileSync(path, bytes);
  return path;
}

/** The output notifications of `printf FORMAT`. */
async function printed(format: string, output?: object): Promise<Output[]> {
  const { execution } = await client.run({ argv: ['printf', format], ...(output && { output }) });
  return execution.output('stdout');
}

function sizes(outputs: readonly Output[]): number[] {
  return outputs.map(({ data }) => Buffer.byteLength(data));
}

describe('line mode', () => {
  it.each<[string, string, string[]]>([
    ['each line with its newline', 'one\\ntwo\\n', ['one\n', 'two\n']],
    ['the last line as it is', 'one\\nlast', ['one\n', 'last']],
    ['empty lines', '\\n\\none\\n\\n', ['\n', '\n', 'one\n', '\n']],
    ['carriage returns as they are', 'one\\r\\ntwo\\rthree\\r', ['one\r\n', 'two\rthree\r']],
    [
      'other line separators as they are',
      'a\\342\\200\\250b\\302\\205c\\014d\\013e\\n',
      ['a\u2028b\u0085c\fd\u000be\n'],
    ],
    ['NUL bytes and escapes', 'a\\0b\\033[1m\\n', ['a\0b\u001b[1m\n']],
    ['characters of every length', 'aé€😀\\n', ['aé€😀\n']],
    ['a byte order mark', '\\357\\273\\277a\\n\\357\\273\\277b\\n', ['\ufeffa\n', '\ufeffb\n']],
    ['nothing', '', []],
  ])('gives %s', async (_, format, lines) => {
    const outputs = await printed(format);

    expect(outputs.map(({ data }) => data)).toEqual(lines);
    for (const output of outputs) {
      expect(output).toMatchObject({ type: 'stdout', truncated: false, chunk_index: null, total_chunks: null });
    }
  });

  it.each<[string, string, string[]]>([
    ['an invalid byte', 'a\\377b\\n', ['a\ufffdb\n']],
    ['each of several invalid bytes', '\\377\\376\\n', ['\ufffd\ufffd\n']],
    ['a character that is cut short by the end', 'x\\342\\202', ['x\ufffd']],
    ['a character that is cut short by a newline', 'x\\342\\202\\ny\\n', ['x\ufffd\n', 'y\n']],
    ['a continuation that stands alone', '\\200x\\n', ['\ufffdx\n']],
  ])('replaces %s by U+FFFD', async (_, format, lines) => {
    const { execution, completed } = await client.run({ argv: ['printf', format] });

    expect(execution.output('stdout').map(({ data }) => data)).toEqual(lines);
    const bytes = Buffer.from(
      format.replace(/\\n/g, '\n').replace(/\\(\d{3})/g, (__, octal: string) => latin(octal)),
      'latin1',
    );
    expect(completed.bytes.stdout).toBe(bytes.length);
    expect(completed.sha256.stdout).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  function latin(octal: string): string {
    return String.fromCharCode(parseInt(octal, 8));
  }

  it('gives the byte offset of each line in its stream', async () => {
    const command = 'printf "a\\n€\\n\\n"; printf "1\\n22\\n3" >&2; printf "end\\n"';
    const { execution } = await client.run({ command });

    expect(execution.output('stdout').map(({ offset }) => offset)).toEqual([0, 2, 6, 7]);
    expect(execution.output('stderr').map(({ offset }) => offset)).toEqual([0, 2, 5]);
  });

  it('gives a line as soon as it is there', async () => {
    const execution = await client.execute({ command: 'echo first; read -r x; echo "then $x"', stdin: true });
    await execution.prints('first\n');
    await client.request('input', { data: 'second\n' });

    await execution.completed();
    expect(execution.output().map(({ data }) => data)).toEqual(['first\n', 'then second\n']);
  });

  it('is complete and in order over 100,000 lines', async () => {
    const { execution, completed, stdout } = await client.run({ command: 'seq 1 100000' });

    expect(execution.output()).toHaveLength(100_000);
    expect(execution.output().every(({ data }, index) => data === `${index + 1}\n`)).toBe(true);
    expect(completed.seq_last).toBe(100_002);
    expect(completed.bytes).toEqual({ stdout: 588_895, stderr: 0 });
    expect(completed.sha256.stdout).toBe(createHash('sha256').update(stdout).digest('hex'));
  });

  it('keeps both streams in order when they come together', async () => {
    const { execution } = await client.run({ argv: ['bash', fixture('floods-both.sh'), '5000'] });

    for (const [stream, word] of [
      ['stdout', 'out'],
      ['stderr', 'err'],
    ] as const) {
      const lines = execution.output(stream).map(({ data }) => data);
      expect(lines).toEqual(Array.from({ length: 5000 }, (_, index) => `${word} ${index}\n`));
    }
  });

  it('has every line before the end of a command that leaves at once', async () => {
    const { completed, stdout } = await client.run({ command: 'seq 1 50000; exit 7' });

    expect(stdout.endsWith('\n50000\n')).toBe(true);
    expect(completed).toMatchObject({ exit_code: 7, bytes: { stdout: 288_894 } });
  });
});

describe('a character in two writes', () => {
  it.each(MODES)('is one character in %s mode', async (mode) => {
    const execution = await client.execute({
      argv: ['bash', fixture('splits-character.sh')],
      stdin: true,
      output: { mode },
    });
    if (mode === 'chunk') await execution.prints('a');
    await client.request('input', { data: '\n' });
    await execution.completed();

    expect(execution.text('stdout')).toBe('a€z');
    if (mode === 'chunk') expect(execution.output().map(({ data }) => data)).toEqual(['a', '€z']);
  });

  it('keeps its bytes where they were in base64 chunks', async () => {
    const execution = await client.execute({
      argv: ['bash', fixture('splits-character.sh')],
      stdin: true,
      output: { mode: 'chunk', encoding: 'base64' },
    });
    await execution.event('process.output');
    await client.request('input', { data: '\n' });
    await execution.completed();

    expect(execution.output().map(({ data }) => Buffer.from(data, 'base64').toString('latin1'))).toEqual([
      'a\u00e2',
      '\u0082\u00acz',
    ]);
  });
});

describe('base64', () => {
  it.each(MODES)('is exact for random bytes in %s mode', async (mode) => {
    const bytes = randomBytes(1_000_000);
    const path = file(`random-${mode}`, bytes);
    const { execution, completed } = await client.run({
      argv: ['cat', path],
      output: { mode, encoding: 'base64' },
    });

    expect(execution.bytes('stdout').equals(bytes)).toBe(true);
    expect(completed.sha256.stdout).toBe(createHash('sha256').update(bytes).digest('hex'));
    for (const { data } of execution.output()) {
      expect(Buffer.from(data, 'base64').length).toBeLessThanOrEqual(CHUNK_BYTES);
    }
  });

  it('is exact for a stream of one byte', async () => {
    const { execution } = await client.run({ argv: ['printf', '\\377'], output: { encoding: 'base64' } });

    expect(execution.output()).toMatchObject([{ data: '/w==' }]);
  });
});

describe('a line over 64 KiB', () => {
  it('comes in numbered pieces that say how many they are', async () => {
    const path = file('long', `before\n${'b'.repeat(200_000)}\nafter\n`);
    const { execution } = await client.run({ argv: ['cat', path] });

    const outputs = execution.output();
    expect(sizes(outputs)).toEqual([7, CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES, 3393, 6]);
    expect(outputs.map(({ chunk_index: index }) => index)).toEqual([null, 0, 1, 2, 3, null]);
    expect(outputs.map(({ total_chunks: total }) => total)).toEqual([null, 4, 4, 4, 4, null]);
    expect(outputs.map(({ truncated }) => truncated)).toEqual(outputs.map(() => false));
  });

  it('comes in pieces without a newline at its end too', async () => {
    const { execution } = await client.run({ argv: ['cat', file('open', 'b'.repeat(70_000))] });

    expect(execution.output()).toMatchObject([
      { chunk_index: 0, total_chunks: 2 },
      { chunk_index: 1, total_chunks: 2 },
    ]);
    expect(sizes(execution.output())).toEqual([CHUNK_BYTES, 70_000 - CHUNK_BYTES]);
  });

  it('is whole up to 64 KiB with its newline', async () => {
    const line = `${'b'.repeat(CHUNK_BYTES - 1)}\n`;
    const { execution } = await client.run({ argv: ['cat', file('just', line + line)] });

    expect(execution.output()).toMatchObject([
      { data: line, chunk_index: null, total_chunks: null },
      { data: line, chunk_index: null, total_chunks: null },
    ]);
  });

  it('never loses a part of a character between two pieces', async () => {
    for (const lead of ['', 'a', 'ab', 'abc']) {
      const line = `${lead}${'😀'.repeat(50_000)}\n`;
      const { execution, stdout } = await client.run({ argv: ['cat', file(`wide${lead}`, line)] });

      expect(stdout === line).toBe(true);
      for (const size of sizes(execution.output())) expect(size).toBeLessThanOrEqual(CHUNK_BYTES);
      for (const { data } of execution.output()) expect(data).not.toMatch(/\p{Surrogate}/u);
      expect(execution.output()).toHaveLength(4);
    }
  });

  it('and over MAX_BUFFER_SIZE comes in pieces without their number, nothing dropped', async () => {
    const line = `${'c'.repeat(MAX_BUFFER_SIZE * 2)}\n`;
    const { execution, stdout } = await client.run({ argv: ['cat', file('huge', `${line}after\n`)] });

    const pieces = execution.output().slice(0, -1);
    expect(stdout === `${line}after\n`).toBe(true);
    expect(pieces.map(({ chunk_index: index }) => index)).toEqual(pieces.map((_, index) => index));
    expect(pieces.map(({ total_chunks: total }) => total)).toEqual(pieces.map(() => null));
    expect(execution.output().at(-1)).toMatchObject({ data: 'after\n', chunk_index: null, total_chunks: null });
  });

  it('is exact in base64', async () => {
    const line = Buffer.concat([randomBytes(150_000).map((byte) => (byte === 10 ? 11 : byte)), Buffer.from('\n')]);
    const { execution } = await client.run({ argv: ['cat', file('raw', line)], output: { encoding: 'base64' } });

    expect(execution.bytes('stdout').equals(line)).toBe(true);
    expect(execution.output().map(({ total_chunks: total }) => total)).toEqual([3, 3, 3]);
  });
});

describe('max_line_bytes', () => {
  it('cuts longer lines, marks them, and leaves the others', async () => {
    const outputs = await printed('abcdefghij\\nabcdefghijk\\nshort\\nabcdefghijklmnop', { max_line_bytes: 10 });

    expect(outputs.map(({ data }) => data.trimEnd())).toEqual([
      'abcdefghij',
      'abcdefghij...',
      'short',
      'abcdefghij...',
    ]);
    expect(outputs.map(({ truncated }) => truncated)).toEqual([false, true, false, true]);
  });

  it('never cuts a character', async () => {
    const outputs = await printed('€€€€\\n', { max_line_bytes: 4 });

    expect(outputs.map(({ data }) => data.trimEnd())).toEqual(['€...']);
  });

  it('counts the whole stream all the same', async () => {
    const { completed, execution } = await client.run({
      command: "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end",
      output: { max_line_bytes: 100 },
    });

    expect(execution.output().map(({ data }) => data.trimEnd())).toEqual([`${'x'.repeat(100)}...`, 'end']);
    expect(completed.bytes.stdout).toBe(1_000_005);
    expect(execution.output().map(({ offset }) => offset)).toEqual([0, 1_000_001]);
  });

  it('holds in lines mode too', async () => {
    const outputs = await printed('abcdefghijk\\nshort\\n', { mode: 'lines', max_line_bytes: 10 });

    expect(outputs.map(({ data }) => data).join('')).toMatch(/^abcdefghij\.\.\.\n?short\n$/);
    expect(outputs.some(({ truncated }) => truncated)).toBe(true);
  });
});

describe('lines mode', () => {
  it('sends whole lines together', async () => {
    const { execution, stdout } = await client.run({ command: 'seq 1 200000', output: { mode: 'lines' } });

    expect(stdout.length).toBe(1_288_895);
    expect(stdout.endsWith('\n199999\n200000\n')).toBe(true);
    expect(execution.output().length).toBeLessThan(2000);
    for (const { data } of execution.output()) {
      expect(data.endsWith('\n')).toBe(true);
      expect(data.length).toBeLessThanOrEqual(CHUNK_BYTES);
    }
  });

  it('holds nothing back for more, and the last line as it is', async () => {
    const execution = await client.execute({
      command: 'printf "one\\ntwo\\n"; read -r x; printf "%s\\nend" "$x"',
      stdin: true,
      output: { mode: 'lines' },
    });
    await execution.prints('one\ntwo\n');
    await client.request('input', { data: 'three\n' });
    await execution.completed();

    expect(execution.text('stdout')).toBe('one\ntwo\nthree\nend');
  });

  it('gives a long line in pieces', async () => {
    const text = `first\n${'b'.repeat(100_000)}\nlast\n`;
    const { execution, stdout } = await client.run({ argv: ['cat', file('mixed', text)], output: { mode: 'lines' } });

    expect(stdout === text).toBe(true);
    expect(execution.output().filter(({ chunk_index: index }) => index !== null)).toMatchObject([
      { chunk_index: 0, total_chunks: 2 },
      { chunk_index: 1, total_chunks: 2 },
    ]);
  });
});

describe('chunk mode', () => {
  it('sends a prompt without a newline', async () => {
    const execution = await client.execute({
      command: 'printf "name? "; read -r name; printf "hi %s" "$name"',
      stdin: true,
      output: { mode: 'chunk' },
    });
    await execution.prints('name? ');
    await client.request('input', { data: 'Ann\n' });
    await execution.completed();

    expect(execution.text('stdout')).toBe('name? hi Ann');
  });

  it('sends up to 64 KiB at a time', async () => {
    const { execution, completed } = await client.run({
      command: "head -c 5000000 /dev/zero | tr '\\0' x",
      output: { mode: 'chunk' },
    });

    expect(completed.bytes.stdout).toBe(5_000_000);
    for (const size of sizes(execution.output())) expect(size).toBeLessThanOrEqual(CHUNK_BYTES);
  });

  it('never cuts a character', async () => {
    const text = 'aé€😀'.repeat(60_000);
    const { stdout } = await client.run({ argv: ['cat', file('utf8', text)], output: { mode: 'chunk' } });

    expect(stdout === text).toBe(true);
  });
});

describe('the pipes of a command', () => {
  it.each([
    ['echo x > /dev/stderr', '', 'x\n'],
    ['echo x | tee /dev/stderr', 'x\n', 'x\n'],
    ['echo x > /dev/stdout', 'x\n', ''],
    ['echo x > /proc/self/fd/2', '', 'x\n'],
    ['echo x >> /dev/stderr', '', 'x\n'],
    ['cat /dev/stdin', '', ''],
  ])('can be opened by name: %s', async (command, out, err) => {
    const { stdout, stderr, completed } = await client.run({ command });

    expect({ stdout, stderr, code: completed.exit_code }).toEqual({ stdout: out, stderr: err, code: 0 });
  });

  it('are all it inherits', async () => {
    const { stdout } = await client.run({ argv: ['ls', '/proc/self/fd'] });

    // The fourth is the directory that ls itself reads.
    expect(stdout).toBe('0\n1\n2\n3\n');
  });

  it('are no terminal', async () => {
    const command =
      'for fd in 0 1 2; do if [ -t $fd ]; then echo $fd; fi; done; (: < /dev/tty) 2>/dev/null || echo none';

    expect((await client.run({ command })).stdout).toBe('none\n');
  });

  it('tell a writer that the reader is gone', async () => {
    const command = 'yes | head -n 1; echo "${PIPESTATUS[0]}"';

    expect((await client.run({ command })).stdout).toBe('y\n141\n');
  });
});

describe('stdin', () => {
  it.each(['cat', 'read -r x || true', 'wc -c > /dev/null'])('is closed at once by default: %s', async (command) => {
    expect((await client.run({ command })).completed).toMatchObject({ exit_code: 0, bytes: { stdout: 0 } });
  });

  it.each<[string, string]>([
    ['a word', 'hello'],
    ['lines', 'one\ntwo\n'],
    ['any characters', 'a\0b é€😀 \u001b'],
    ['nothing', ''],
  ])('is a string: %s', async (_, stdin) => {
    expect((await client.run({ command: 'cat', stdin })).stdout).toBe(stdin);
  });

  it('is a string of 5 MB', async () => {
    const stdin = 'x'.repeat(5_000_000);

    expect((await client.run({ command: 'wc -c', stdin })).stdout).toBe('5000000\n');
  });

  it('is a string that nobody reads', async () => {
    const stdin = 'x'.repeat(1_000_000);

    expect((await client.run({ command: 'exit 3', stdin })).completed).toMatchObject({ exit_code: 3, reason: 'exit' });
    const execution = await client.execute({ command: 'sleep 1000', stdin });
    expect(await execution.control('CANCEL')).toEqual({ status: 'canceled' });
    expect(await execution.completed()).toMatchObject({ reason: 'canceled' });
  });

  it('is open for input until eof', async () => {
    const execution = await client.execute({ command: 'cat; echo end', stdin: true });

    expect(await client.request('input', { data: 'é\n' })).toEqual({ accepted_bytes: 3 });
    await execution.prints('é\n');
    expect(await client.request('input', { data: '/wA=', encoding: 'base64' })).toEqual({ accepted_bytes: 2 });
    expect(await client.request('input', { data: '', execution_id: execution.id })).toEqual({ accepted_bytes: 0 });
    expect(await client.request('input', { data: '\nlast', eof: true })).toEqual({ accepted_bytes: 5 });
    const completed = await execution.completed();

    expect(execution.text('stdout')).toBe('é\n\ufffd\0\nlastend\n');
    expect(completed.bytes.stdout).toBe(14);
  });

  it('takes much input in order', async () => {
    const execution = await client.execute({ command: 'sha256sum', stdin: true });
    const pieces = Array.from({ length: 100 }, (_, index) => `${index}:${'x'.repeat(50_000)}\n`);
    for (const data of pieces) {
      // A client that is faster than the command may be told to come again.
      await eventually(
        () => client.call('input', { data }),
        ({ error }) => error?.code !== -32008,
      );
    }
    await client.request('input', { data: '', eof: true });
    await execution.completed();

    expect(execution.text('stdout')).toBe(`${createHash('sha256').update(pieces.join('')).digest('hex')}  -\n`);
  });

  it('reaches the execution it is meant for', async () => {
    const [one, other] = [
      await client.execute({ command: 'cat', stdin: true }),
      await client.execute({ command: 'cat', stdin: true }),
    ];
    await client.request('input', { execution_id: other.id, data: 'other', eof: true });
    await client.request('input', { execution_id: one.id, data: 'one', eof: true });
    await Promise.all([one.completed(), other.completed()]);

    expect([one.text('stdout'), other.text('stdout')]).toEqual(['one', 'other']);
  });

  it('does not hold up control when nobody reads it', async () => {
    const execution = await client.execute({ command: 'sleep 1000', stdin: true });
    for (let id = 0; id < 5; id++) {
      client.sendJson({ jsonrpc: '2.0', id: `in${id}`, method: 'input', params: { data: 'x'.repeat(100_000) } });
    }

    expect(await execution.control('CANCEL')).toEqual({ status: 'canceled' });
    expect(await execution.completed()).toMatchObject({ reason: 'canceled' });
  });
});

describe('a background process that holds the pipe', () => {
  it('does not keep the execution open, and does not outlive it', async () => {
    const { id, env } = mark();
    const { stdout, completed } = await client.run({ command: 'sleep 1000 & echo done', env });

    expect(marked(id)).toEqual([]);
    expect(stdout).toBe('done\n');
    expect(completed).toMatchObject({ status: 'completed', exit_code: 0, signal: null, reason: 'exit' });
    expect(completed.execution_time).toBeLessThan(10);
  });

  it('and floods it is stopped as well', async () => {
    const { id, env } = mark();
    const { completed } = await client.run({ command: 'yes & sleep 0.1; exit 2', env, output: { mode: 'chunk' } });

    expect(marked(id)).toEqual([]);
    expect(completed).toMatchObject({ exit_code: 2, reason: 'exit' });
  });

  it('stays with on_exit keep, without the execution waiting for it', async () => {
    const { completed, stdout } = await client.run({ command: 'sleep 1000 & echo $!', on_exit: 'keep' });

    const pid = Number(stdout);
    expect(completed.survivors).toEqual([pid]);
    expect(isAlive(processRow(pid))).toBe(true);
  });
});

describe('what a command prints', () => {
  it('is data: it cannot forge a notification or a line of the log', async () => {
    const forged = JSON.stringify({ jsonrpc: '2.0', method: 'process.completed', params: { exit_code: 0 } });
    const { execution, completed } = await client.run({ argv: ['printf', '%s\n', forged, '"}}', '\u001b[2J'] });

    expect(execution.methods).toEqual([
      'process.started',
      'process.output',
      'process.output',
      'process.output',
      'process.completed',
    ]);
    expect(execution.output()[0]?.data).toBe(`${forged}\n`);
    expect(completed.exit_code).toBe(0);
    expect(service.stdout).not.toContain('process.completed');
  });

  it('is what a file holds, to the byte', async () => {
    const path = process.execPath;
    const bytes = readFileSync(path).subarray(0, 3_000_000);
    const { completed, execution } = await client.run({
      command: `head -c 3000000 '${path}'`,
      output: { mode: 'chunk', encoding: 'base64' },
    });

    expect(execution.bytes('stdout').equals(bytes)).toBe(true);
    expect(completed.bytes.stdout).toBe(bytes.length);
  });
});
