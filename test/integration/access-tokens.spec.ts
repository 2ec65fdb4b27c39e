import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Doorkeeper } from '../../src/policy/access/doorkeeper.js';
import type { Identity } from '../../src/policy/access/identity.js';
import { readTokenFile } from '../../src/policy/access/token/token-file.js';
import { Tokens } from '../../src/policy/access/token/tokens.js';
import { eventually } from '../e2e/support/eventually.js';
import { LogLines } from '../support/log-lines.js';
import { request } from '../unit/policy/access/support.js';

const OPEN = {
  tokenSha256: null,
  maxFailuresPerMinute: 10,
  allowedOrigins: [],
  allowedHosts: [],
  trustedProxies: [],
};

let directory: string;
let path: string;
let log: LogLines;

beforeAll(() => {
  log = new LogLines();
});

afterAll(() => {
  log.stop();
});

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tokens-'));
  path = join(directory, 'tokens.yaml');
  log.take();
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function listOf(...tokens: string[]): string {
  return tokens.map((token) => `- {name: ${token}, role: observer, sha256: ${digestOf(token)}}\n`).join('');
}

async function identityOf(doorkeeper: Doorkeeper, token: string): Promise<Identity> {
  const decision = await doorkeeper.admit(
    request([
      ['Host', 'localhost'],
      ['Authorization', `Bearer ${token}`],
    ]),
  );
  if ('refusal' in decision) throw new Error(decision.refusal.error);
  return decision.identity;
}

describe('a file of tokens', () => {
  it.each([
    [0o600, []],
    [0o640, []],
    [0o644, ['every user can read it (mode 644)']],
    [0o660, ['other users can change it (mode 660)']],
    [0o646, ['other users can change it (mode 646)']],
  ])('of mode %i is read with the warnings %j', async (mode, warnings) => {
    writeFileSync(path, listOf('ann'));
    chmodSync(path, mode);

    expect(await readTokenFile(path)).toMatchObject({ tokens: [{ name: 'ann' }], faults: [], warnings });
  });

  it.each<[string, () => void, string]>([
    ['is not there', () => undefined, 'cannot be read (ENOENT)'],
    [
      'is a directory',
      () => {
        mkdirSync(path);
      },
      'must be a regular file',
    ],
    ['is a pipe without a writer', () => execFileSync('mkfifo', [path]), 'must be a regular file'],
    [
      'links to itself',
      () => {
        symlinkSync(path, path);
      },
      'cannot be read (ELOOP)',
    ],
    [
      'is too large',
      () => {
        writeFileSync(path, '');
        truncateSync(path, 1_048_577);
      },
      'must not be larger than 1048576 bytes',
    ],
  ])('that %s has no tokens and says why', async (_, make, fault) => {
    make();

    expect(await readTokenFile(path)).toMatchObject({ tokens: [], faults: [fault] });
  });

  it('is followed without events, by looking again, where it links to elsewhere', async () => {
    const elsewhere = join(directory, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'list'), listOf('ann'), { mode: 0o600 });
    symlinkSync(join(elsewhere, 'list'), path);
    const stop = new AbortController();
    const tokens = await Tokens.read({ tokenSha256: null, tokensFile: path }, () => undefined);
    const changed = new Promise<void>((resolve) => (tokens.onChange = resolve));
    tokens.watch(stop.signal, 20);

    writeFileSync(join(elsewhere, 'list'), listOf('bob'));
    await changed;
    stop.abort();

    expect([tokens.find('ann')?.name, tokens.find('bob')?.name]).toEqual([undefined, 'bob']);
    expect(log.take().at(-1)).toBe('AUTH_TOKENS_FILE has 1 tokens');
  });

  it('that cannot be used any more changes nothing; a change of it ends what its tokens let in', async () => {
    writeFileSync(path, listOf('ann', 'bob'), { mode: 0o600 });
    const stop = new AbortController();
    const doorkeeper = await Doorkeeper.open({ ...OPEN, tokensFile: path }, '0.0.0.0', stop.signal);
    const [ann, bob] = [await identityOf(doorkeeper, 'ann'), await identityOf(doorkeeper, 'bob')];
    const changed = new Promise<void>((resolve) => {
      doorkeeper.onChange(resolve);
    });

    writeFileSync(path, '- broken');
    await eventually(
      () => log.lines,
      (lines) => lines.some((line) => line.endsWith('the tokens stay as they were')),
    );
    expect([ann, bob].map((identity) => doorkeeper.stillAdmits(identity))).toEqual([true, true]);
    expect(await identityOf(doorkeeper, 'ann')).toMatchObject({ tokenName: 'ann', role: 'observer' });

    writeFileSync(path, listOf('bob'));
    await changed;
    stop.abort();
    expect([ann, bob].map((identity) => doorkeeper.stillAdmits(identity))).toEqual([false, true]);
  });

  it.each([
    ['the name', { tokenSha256: digestOf('other') }, listOf('default')],
    ['the text', { tokenSha256: digestOf('ann') }, listOf('ann')],
  ])('may not have %s of AUTH_TOKEN', async (_, own, content) => {
    writeFileSync(path, content);
    const faults: string[] = [];

    await Tokens.read({ ...own, tokensFile: path }, (text) => faults.push(text));

    expect(faults).toEqual(['[0] has the name or the sha256 of AUTH_TOKEN (default)']);
  });
});
