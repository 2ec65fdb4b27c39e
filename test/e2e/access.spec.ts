import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually, within } from './support/eventually.js';
import { type Header, type RawAnswer, type RawOptions, rawRequest, rawUpgrade } from './support/raw-upgrade.js';
import { ROOT, Service, runProgram } from './support/service.js';

jest.setTimeout(60_000);

const TOKEN = 'Correct-horse.battery_staple~42';
const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/;

let service: Service;

afterEach(disconnectAll);

afterAll(async () => {
  await service.stop();
});

/** Replaces the service of the file's tests. */
async function serve(environment: Readonly<Record<string, string>>): Promise<void> {
  const before = service as Service | undefined;
  service = await Service.start(environment);
  await before?.stop();
}

/** One after the other, so that the failures of one test do not count in another. */
function addresses(block: string): () => string {
  let last = 0;
  return () => `${block}.${(last += 1) >> 8}.${last & 0xff}`;
}

/** Addresses of this machine. */
const newAddress = addresses('127.1');

function ask(headers: readonly Header[], options: RawOptions = {}): Promise<RawAnswer> {
  return rawUpgrade(service.url, headers, { from: newAddress(), ...options });
}

function bearer(token: string): Header[] {
  return [['Authorization', `Bearer ${token}`]];
}

function protocols(value: string): Header[] {
  return [['Sec-WebSocket-Protocol', value]];
}

/** A refusal is one line of JSON. */
function reason({ body, headers }: RawAnswer): string {
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(body).toMatch(/^[^\n]+\n$/);
  return (JSON.parse(body) as { error: string }).error;
}

function entry(name: string, role: string, token: string): string {
  return `- {name: ${name}, role: ${role}, sha256: ${createHash('sha256').update(token).digest('hex')}}\n`;
}

describe('with AUTH_TOKEN', () => {
  beforeAll(() => serve({ AUTH_TOKEN: TOKEN, LOG_LEVEL: 'verbose' }));

  it('refuses who presents none, and says how one is presented', async () => {
    const answer = await ask([]);

    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(reason(answer)).toContain('Authorization: Bearer');
  });

  it.each<[string, Header[]]>([
    ['by the header', bearer(TOKEN)],
    ['by the header with a scheme in lower case', [['authorization', `bearer ${TOKEN}`]]],
    ['by the header with a scheme in upper case', [['AUTHORIZATION', `BEARER ${TOKEN}`]]],
    ['with blanks around, which are not part of a header', [['Authorization', `  Bearer   ${TOKEN}  \t`]]],
    ['by a subprotocol', protocols(`cc-executor.v1, bearer.${TOKEN}`)],
    ['by a subprotocol in a header of its own', [...protocols('cc-executor.v1'), ...protocols(`bearer.${TOKEN}`)]],
  ])('lets in who presents it %s', async (_, headers) => {
    expect((await ask(headers)).status).toBe(101);
  });

  it.each<[string, Header[]]>([
    ['its first half', bearer(TOKEN.slice(0, 16))],
    ['all but its end', bearer(TOKEN.slice(0, -1))],
    ['all but its beginning', bearer(TOKEN.slice(1))],
    ['more than it', bearer(`${TOKEN}x`)],
    ['it twice', bearer(TOKEN + TOKEN)],
    ['it in lower case', bearer(TOKEN.toLowerCase())],
    ['it in upper case', bearer(TOKEN.toUpperCase())],
    ['it with a blank inside', bearer(TOKEN.replace('-', ' '))],
    ['it with a word behind', bearer(`${TOKEN} ${TOKEN}`)],
    ['it with a comma behind', bearer(`${TOKEN},`)],
    ['it in quotes', bearer(`"${TOKEN}"`)],
    ['it percent-encoded', bearer(TOKEN.replace('.', '%2E'))],
    ['it with a no-break space', bearer(`${TOKEN}\u00a0`)],
    ['it with a look-alike letter in UTF-8', bearer(Buffer.from(TOKEN.replace('o', 'о')).toString('latin1'))],
    ['it with a high bit set', bearer(TOKEN.replace('o', String.fromCharCode(0x6f | 0x80)))],
    ['its digest', bearer(createHash('sha256').update(TOKEN).digest('hex'))],
    ['nothing', [['Authorization', 'Bearer ']]],
    ['the scheme alone', [['Authorization', 'Bearer']]],
    ['it without a scheme', [['Authorization', TOKEN]]],
    ['it as another scheme', [['Authorization', `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}`]]],
    ['it as a cookie', [['Cookie', `token=${TOKEN}`]]],
    ['it by another header', [['X-Auth-Token', TOKEN]]],
    ['it as a proxy authorization', [['Proxy-Authorization', `Bearer ${TOKEN}`]]],
    ['it as a subprotocol without the prefix', protocols(`cc-executor.v1, ${TOKEN}`)],
    ['it as a subprotocol with another prefix', protocols(`cc-executor.v1, Bearer.${TOKEN}`)],
    ['a wrong one as a subprotocol', protocols(`cc-executor.v1, bearer.${TOKEN}x`)],
  ])('refuses who presents %s', async (_, headers) => {
    const answer = await ask(headers);

    expect(answer.status).toBe(401);
    expect(reason(answer)).not.toContain(TOKEN);
  });

  it.each<[string, Header[]]>([
    ['two headers', [...bearer(`${TOKEN}x`), ...bearer(TOKEN)]],
    ['a header and a subprotocol', [...bearer(TOKEN), ...protocols(`cc-executor.v1, bearer.${TOKEN}x`)]],
    ['two subprotocols', protocols(`cc-executor.v1, bearer.${TOKEN}, bearer.${TOKEN}x`)],
    ['a NUL within', bearer(`${TOKEN}\0`)],
  ])('refuses as malformed %s', async (_, headers) => {
    expect((await ask(headers)).status).toBe(400);
  });

  it('takes no notice of a token of 10 MB', async () => {
    const { status } = await ask(bearer(TOKEN + 'x'.repeat(10_485_760)));

    expect([0, 431]).toContain(status);
    expect((await ask(bearer(TOKEN))).status).toBe(101);
  });

  it.each(['token', 'access_token', 'auth', 'Token', '%74oken', 'api_key', 'AUTH_TOKEN'])(
    'refuses it as %s in the query, right or wrong and whatever else is presented',
    async (name) => {
      const target = `${new URL(service.url).pathname}?a=b&${name}=`;
      const answers = await Promise.all([
        ask([], { target: target + TOKEN }),
        ask([], { target: `${target}wrong` }),
        ask(bearer(TOKEN), { target: target + TOKEN }),
      ]);

      for (const answer of answers) {
        expect(answer.status).toBe(400);
        expect(reason(answer)).toContain('Authorization: Bearer');
        expect(answer.body).not.toContain(TOKEN);
      }
    },
  );

  it.each<[string, string, Header[]]>([
    ['cc-executor.v1', 'the token behind it', protocols(`cc-executor.v1, bearer.${TOKEN}`)],
    ['cc-executor.v1', 'the token before it', protocols(`bearer.${TOKEN}, cc-executor.v1`)],
    ['cc-executor.v1', 'the token by the header', [...bearer(TOKEN), ...protocols('other, cc-executor.v1')]],
    ['nothing', 'only the token', protocols(`bearer.${TOKEN}`)],
    ['nothing', 'only another', [...bearer(TOKEN), ...protocols('mcp')]],
  ])('answers with %s where a client offers %s', async (echoed, _, headers) => {
    const answer = await ask(headers);

    expect(answer.status).toBe(101);
    expect(answer.headers.get('sec-websocket-protocol') ?? 'nothing').toBe(echoed);
  });

  it('serves a client that has it', async () => {
    const client = await Client.connect(service.url, { headers: { Authorization: `Bearer ${TOKEN}` } });

    expect((await client.run({ command: 'echo in' })).stdout).toBe('in\n');
  });

  it('answers the probes without one, and tells no ids', async () => {
    const client = await Client.connect(service.url, { headers: { Authorization: `Bearer ${TOKEN}` } });
    await client.execute({ command: 'sleep 1000' });

    for (const path of ['/health', '/healthz']) {
      const answer = await rawRequest(service.url, [], { target: path });
      expect(answer.status).toBe(200);
      expect(answer.body).not.toMatch(UUID);
      expect(answer.body).not.toContain('default');
    }
  });

  it('is not to be found in what a command sees', async () => {
    const client = await Client.connect(service.url, { headers: { Authorization: `Bearer ${TOKEN}` } });

    const { stdout } = await client.run({
      command: 'env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr "\\0" "\\n"',
    });

    expect(stdout).toContain('CC_EXECUTOR_INSTANCE=');
    expect(stdout).not.toContain(TOKEN);
    expect(stdout).not.toContain(TOKEN.slice(0, 16));
  });

  it('is not to be found in what the service has printed to all of this', () => {
    expect(service.stdout).toContain('Listening on');
    expect(service.stdout + service.stderr).not.toContain(TOKEN.slice(0, 12));
  });
});

describe('an address without a right token', () => {
  beforeAll(() => serve({ AUTH_TOKEN: TOKEN }));

  it('is refused after ten attempts of a minute, whatever it presents, and told when to come again', async () => {
    const from = newAddress();
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      const headers = attempt % 2 === 0 ? bearer(`wrong-${attempt}`) : [];
      expect((await ask(headers, { from })).status).toBe(401);
    }

    const refused = await ask(bearer('wrong'), { from });

    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await ask(bearer(TOKEN), { from })).status).toBe(429);
    expect((await ask(bearer(TOKEN))).status).toBe(101);
    await service.prints(new RegExp(`10 attempts of ${from.replaceAll('.', '\\.')} without a right token`));
  });

  it('has no more attempts when they come at once', async () => {
    const from = newAddress();

    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => ask(bearer(`wrong-${index}`), { from })),
    );

    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  });

  it('is not one that connects often with a right one', async () => {
    const from = newAddress();

    for (let attempt = 1; attempt <= 30; attempt += 1) expect((await ask(bearer(TOKEN), { from })).status).toBe(101);
  });

  it('is not one with a browser in which a foreign page tries', async () => {
    const from = newAddress();
    for (let attempt = 1; attempt <= 30; attempt += 1)
      expect((await ask([['Origin', 'http://evil.example'], ...bearer('wrong')], { from })).status).toBe(403);

    expect((await ask(bearer(TOKEN), { from })).status).toBe(101);
  });

  it('goes on with what it had before', async () => {
    const from = '127.0.0.1';
    const client = await Client.connect(service.url, { headers: { Authorization: `Bearer ${TOKEN}` } });
    await Promise.all(Array.from({ length: 11 }, () => ask([], { from })));

    expect((await ask([], { from })).status).toBe(429);
    expect(await client.request('ping')).toMatchObject({ pong: true });
  });
});

describe('the Origin header', () => {
  beforeAll(() => serve({ ALLOWED_ORIGINS: 'http://good.example, http://localhost:3000, HTTPS://Upper.Example:443' }));

  it.each([
    'null',
    '',
    'http://evil.example',
    'https://good.example',
    'http://good.example:81',
    'http://good.example/',
    'http://good.example:80/',
    'http://good.example/x',
    'http://good.example?x',
    'http://good.example#x',
    'http://good.example.',
    'http://good.example.evil.com',
    'http://sub.good.example',
    'http://good.example@evil.com',
    'http://evil.com@good.example',
    'http://good.example\\@evil.com',
    'http://localhost',
    'http://localhost:3001',
    'http://localhost.evil.com',
    'http://localhost.evil.com:3000',
    'http://localhost@evil.com',
    'http://localhost:3000@evil.com',
    'http://127.0.0.1:3000',
    'http://good.example, http://good.example',
    'http://good.example http://evil.com',
    'http://%67ood.example',
    'http:good.example',
    '//good.example',
    'good.example',
    'ws://good.example',
    'file://',
    '*',
  ])('of %j is refused', async (origin) => {
    const answer = await ask([['Origin', origin]]);

    expect(answer.status).toBe(403);
    expect(reason(answer)).toBe('Origin not allowed');
  });

  it.each([
    'http://good.example',
    'http://good.example:80',
    'HTTP://GOOD.EXAMPLE',
    'http://localhost:3000',
    'https://upper.example',
  ])('of %j is allowed', async (origin) => {
    expect((await ask([['Origin', origin]])).status).toBe(101);
  });

  it.each<[string, Header[]]>([
    [
      'good ones',
      [
        ['Origin', 'http://good.example'],
        ['Origin', 'http://good.example'],
      ],
    ],
    [
      'a good one before an evil one',
      [
        ['Origin', 'http://good.example'],
        ['Origin', 'http://evil.com'],
      ],
    ],
    ['the old name with an evil one', [['Sec-WebSocket-Origin', 'http://evil.com']]],
  ])('is refused where there are several: %s', async (_, headers) => {
    expect((await ask(headers)).status).toBe(403);
  });

  it('is refused whatever it is where none is allowed', async () => {
    const strict = await Service.start();
    const { host } = new URL(strict.url);
    const refused = await rawUpgrade(strict.url, [['Origin', `http://${host}`]]);
    const welcome = await rawUpgrade(strict.url, []);
    await strict.stop();

    expect(refused.status).toBe(403);
    expect(welcome.status).toBe(101);
  });
});

describe('the Host header', () => {
  beforeAll(() => serve({ ALLOWED_HOSTS: 'Executor.internal, gate.example:8443, [2001:db8::1]' }));

  it.each([
    'evil.com',
    'evil.com:8003',
    'localhost.evil.com',
    'localhost.',
    'sub.localhost',
    '127.0.0.1.evil.com',
    '127.0.0.1.nip.io',
    '0.0.0.0',
    '[::]',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0127.0.0.1',
    '10.0.0.1',
    'gate.example',
    'gate.example:8444',
    'executor.internal.evil.com',
    'xexecutor.internal',
  ])('of %s is refused', async (host) => {
    const answers = [await ask([], { host }), await ask([], { host, target: '/health' }), await probe(host)];

    expect(answers.map(({ status }) => status)).toEqual([403, 404, 403]);
    expect(reason(answers[0]!)).toBe('Host not allowed');
    expect(reason(answers[2]!)).toBe('Host not allowed');
  });

  it.each([
    '',
    ' ',
    'localhost:x',
    'localhost:',
    'localhost:1:2',
    'localhost/x',
    'localhost@evil.com',
    'localhost evil.com',
    'localhost, evil.com',
    '[::1',
    '::1',
    '[evil]',
    'locälhost',
  ])('of %j is malformed', async (host) => {
    expect((await ask([], { host })).status).toBe(400);
    expect((await probe(host)).status).toBe(400);
  });

  it.each([
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.8.9.10:8003',
    '[::1]:8003',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    'executor.internal',
    'EXECUTOR.INTERNAL:1234',
    'gate.example:8443',
    '[2001:DB8:0::1]:80',
  ])('of %s is allowed', async (host) => {
    expect((await ask([], { host })).status).toBe(101);
    expect((await probe(host)).status).toBe(200);
  });

  it('must not be missing', async () => {
    expect((await ask([], { host: null })).status).toBe(400);
    expect((await rawRequest(service.url, [], { host: null, target: '/health' })).status).toBe(400);
  });

  it.each(['localhost', 'evil.com'])('must not be there twice, the second time as %s', async (second) => {
    expect((await ask([['Host', second]])).status).toBe(400);
    expect((await rawRequest(service.url, [['Host', second]], { target: '/health' })).status).toBe(400);
  });

  it('is not the one that a proxy forwards', async () => {
    expect((await ask([['X-Forwarded-Host', 'localhost']], { host: 'evil.com' })).status).toBe(403);
    expect((await ask([['X-Forwarded-Host', 'evil.com']])).status).toBe(101);
  });

  function probe(host: string): Promise<RawAnswer> {
    return rawRequest(service.url, [], { host, target: '/healthz' });
  }
});

describe('a forwarding header', () => {
  const newProxy = addresses('127.9');
  const newClient = addresses('198.18');

  const forwarded = (value: string, from: string): Promise<RawAnswer> => ask([['X-Forwarded-For', value]], { from });

  beforeAll(() =>
    serve({ AUTH_TOKEN: TOKEN, AUTH_FAILURES_PER_MINUTE: '1', TRUSTED_PROXIES: '127.9.0.0/16, 10.0.0.1' }),
  );

  it('counts for nothing from an address that is no trusted proxy', async () => {
    const [from, client] = [newAddress(), newClient()];

    expect((await forwarded(client, from)).status).toBe(401);
    expect((await forwarded(newClient(), from)).status).toBe(429);
    expect((await ask([['Forwarded', `for=${newClient()}`]], { from })).status).toBe(429);
    expect((await forwarded(client, newProxy())).status).toBe(401);
  });

  it.each<[string, Header[]]>([
    ['as it is', [['X-Forwarded-For', 'CLIENT']]],
    ['with a port', [['X-Forwarded-For', 'CLIENT:4711']]],
    ['behind what the client forged', [['X-Forwarded-For', '203.0.113.7, CLIENT']]],
    ['behind a trusted address that the client forged', [['X-Forwarded-For', '10.0.0.1, CLIENT']]],
    ['before another proxy', [['X-Forwarded-For', '203.0.113.7, CLIENT, 10.0.0.1']]],
    [
      'in a second header',
      [
        ['X-Forwarded-For', '203.0.113.7'],
        ['X-Forwarded-For', 'CLIENT'],
      ],
    ],
    ['mapped into IPv6', [['X-Forwarded-For', '::ffff:CLIENT']]],
    ['as Forwarded', [['Forwarded', 'for=CLIENT']]],
    ['as Forwarded behind a quote left open', [['Forwarded', 'for="203.0.113.7, for=CLIENT;proto=https']]],
    ['as Forwarded with more to it', [['Forwarded', 'by=x;FOR="CLIENT:80";host="a,b;for=1.1.1.1"']]],
    [
      'in both',
      [
        ['Forwarded', 'for=CLIENT'],
        ['X-Forwarded-For', 'CLIENT'],
      ],
    ],
  ])('of a trusted proxy names the client %s', async (_, headers) => {
    const client = newClient();
    expect((await forwarded(client, newProxy())).status).toBe(401);

    const named = headers.map(([name, value]): Header => [name, value.replace('CLIENT', client)]);
    expect((await ask(named, { from: newProxy() })).status).toBe(429);
  });

  it('tells the clients of one proxy apart', async () => {
    const [from, client] = [newProxy(), newClient()];

    expect((await forwarded(client, from)).status).toBe(401);
    expect((await forwarded(newClient(), from)).status).toBe(401);
    expect((await forwarded(client, from)).status).toBe(429);
  });

  it('names the clients of one IPv6 network as one', async () => {
    const from = newProxy();

    expect((await forwarded('2001:db8:1:2::1', from)).status).toBe(401);
    expect((await forwarded('2001:db8:1:2:ffff::2', from)).status).toBe(429);
    expect((await forwarded('2001:db8:1:3::1', from)).status).toBe(401);
  });

  it.each(['unknown', '_hidden', '', '203.0.113.1, unknown', '203.0.113.999', 'evil.com'])(
    'that names no address (%j) leaves the proxy itself',
    async (value) => {
      const from = newProxy();

      expect((await forwarded(value, from)).status).toBe(401);
      expect((await ask([], { from })).status).toBe(429);
    },
  );

  it('is refused where it contradicts another, of which the client may have sent one', async () => {
    const headers: Header[] = [
      ['Forwarded', `for=${newClient()}`],
      ['X-Forwarded-For', newClient()],
    ];

    expect((await ask([...headers, ...bearer(TOKEN)], { from: newProxy() })).status).toBe(400);
    expect((await ask([...headers, ...bearer(TOKEN)])).status).toBe(101);
  });

  it('makes a client of another machine one of another machine, also without a token', async () => {
    const open = await Service.start({ TRUSTED_PROXIES: '127.0.0.1' });
    const statuses = [
      await rawUpgrade(open.url, [['X-Forwarded-For', '203.0.113.1']]),
      await rawUpgrade(open.url, []),
    ].map(({ status }) => status);
    await open.stop();

    expect(statuses).toEqual([403, 101]);
  });
});

describe('AUTH_TOKENS_FILE', () => {
  const tokens = Array.from({ length: 4 }, () => randomBytes(24).toString('base64url'));
  const [ann = '', bob = '', cyd = '', dan = ''] = tokens;
  let directory: string;
  let path: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'e2e-tokens-'));
    path = join(directory, 'tokens.yaml');
  });

  afterAll(() => {
    for (const token of tokens) expect(service.stdout + service.stderr).not.toContain(token);
    rmSync(directory, { recursive: true });
  });

  /** As careful programs do: a new file takes the place of the old one. */
  function replace(content: string): void {
    writeFileSync(`${path}.new`, content, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  const connect = (token: string): Promise<Client> =>
    Client.connect(service.url, { headers: { Authorization: `Bearer ${token}` } });
  const status = async (token: string): Promise<number> => (await ask(bearer(token))).status;
  const becomes = (token: string, expected: number): Promise<number> =>
    eventually(
      () => status(token),
      (answer) => answer === expected,
    );

  it('lets in who has one of its tokens or AUTH_TOKEN, and no one else', async () => {
    replace(entry('ann', 'controller', ann) + entry('bob', 'observer', bob));
    await serve({ AUTH_TOKENS_FILE: path, AUTH_TOKEN: TOKEN });

    expect(await Promise.all([ann, bob, TOKEN, cyd].map(status))).toEqual([101, 101, 101, 401]);
  });

  it('is followed: what is new in it lets in, what is gone does not and ends its connections', async () => {
    const [connected, staying] = [await connect(ann), await connect(TOKEN)];
    replace(entry('bob', 'observer', bob) + entry('cyd', 'controller', cyd));

    expect(await becomes(cyd, 101)).toBe(101);
    expect(await status(ann)).toBe(401);
    expect(await within(connected.closed, 'the end of the connection')).toEqual({
      code: 1008,
      reason: 'Token is no longer valid',
    });
    expect(await staying.request('ping')).toMatchObject({ pong: true });
  });

  it('ends the connections of a token that gets another role', async () => {
    const connected = await connect(bob);
    replace(entry('bob', 'controller', bob) + entry('cyd', 'controller', cyd));

    expect(await within(connected.closed, 'the end of the connection')).toMatchObject({ code: 1008 });
    expect(await status(bob)).toBe(101);
  });

  it.each([
    ['is no YAML', '- {name: dan, role: [', 'is not YAML'],
    ['is empty', '', 'must be a list'],
    ['has a plain token', `- {name: dan, role: controller, token: ${dan}}`, 'sha256sum'],
    ['has an unknown role', entry('dan', 'admin', dan), 'role must be controller or observer'],
  ])('that %s changes nothing, and a line says so', async (_, content, line) => {
    const connected = await connect(cyd);
    replace(content);

    await eventually(
      () => service.stderr,
      (printed) => printed.includes(line) && printed.includes('the tokens stay as they were'),
    );
    expect(await Promise.all([bob, cyd, dan].map(status))).toEqual([101, 101, 401]);
    expect(await connected.request('ping')).toMatchObject({ pong: true });
  });

  it('that is taken away changes nothing, until there is one again', async () => {
    rmSync(path);
    await eventually(
      () => service.stderr,
      (printed) => printed.includes('cannot be read (ENOENT)'),
    );
    expect(await status(cyd)).toBe(101);

    replace(entry('dan', 'controller', dan));
    expect(await becomes(dan, 101)).toBe(101);
    expect(await status(cyd)).toBe(401);
  });

  it('that is an empty list lets in nobody', async () => {
    replace('[]');

    expect(await becomes(dan, 401)).toBe(401);
    expect(await status(TOKEN)).toBe(101);
  });

  it('is followed where it is a mounted secret whose links are swapped', async () => {
    const volume = (version: string, content: string): void => {
      mkdirSync(join(directory, version));
      writeFileSync(join(directory, version, 'secret.yaml'), content);
      symlinkSync(version, join(directory, '..new'));
      renameSync(join(directory, '..new'), join(directory, '..data'));
    };
    volume('..1', entry('ann', 'controller', ann));
    symlinkSync('..data/secret.yaml', join(directory, 'secret.yaml'));
    await serve({ AUTH_TOKENS_FILE: join(directory, 'secret.yaml') });
    expect(await Promise.all([ann, bob].map(status))).toEqual([101, 401]);

    volume('..2', entry('bob', 'controller', bob));

    expect(await becomes(bob, 101)).toBe(101);
    expect(await status(ann)).toBe(401);
  });
});

describe('the service does not start', () => {
  const secret = randomBytes(12).toString('base64url');

  it.each<[string, Record<string, string>, string]>([
    ['on all addresses without a token', { HOST: '0.0.0.0' }, 'HOST: "0.0.0.0" needs AUTH_TOKEN'],
    ['on all IPv6 addresses without a token', { HOST: '::' }, 'HOST: "::" needs AUTH_TOKEN'],
    ['on a name without a token', { HOST: 'executor.internal' }, 'HOST: "executor.internal" needs AUTH_TOKEN'],
    ['with a short token', { AUTH_TOKEN: secret.slice(1) }, 'AUTH_TOKEN: must be 16 or more'],
    ['with a token of other characters', { AUTH_TOKEN: `${secret} ü` }, 'AUTH_TOKEN: must be 16 or more'],
    ['without the file', { AUTH_TOKENS_FILE: '/nowhere/tokens' }, 'AUTH_TOKENS_FILE: cannot be read (ENOENT)'],
    ['with a directory for a file', { AUTH_TOKENS_FILE: '/proc' }, 'AUTH_TOKENS_FILE: must be a regular file'],
    ['with an origin that has a path', { ALLOWED_ORIGINS: 'http://a/' }, 'ALLOWED_ORIGINS: "http://a/" is not'],
    ['with every origin', { ALLOWED_ORIGINS: '*' }, 'ALLOWED_ORIGINS: "*" is not'],
    ['with every host', { ALLOWED_HOSTS: '*' }, 'ALLOWED_HOSTS: "*" is not'],
    ['with a block that is none', { TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES: "10.0.0.0/33" is not'],
  ])('%s', async (_, environment, line) => {
    const { code, stdout, stderr } = await runProgram([join(ROOT, 'dist', 'main.js')], { PORT: '0', ...environment });

    expect(code).toBe(78);
    expect(stderr).toContain(`\n${line}`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(stdout + stderr).not.toContain(secret.slice(1));
  });

  it('names every fault of the file, and repeats none of its values', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'e2e-tokens-'));
    const path = join(directory, 'tokens.yaml');
    writeFileSync(
      path,
      `- {name: ann, role: controller, token: ${secret}}\n- {name: ann, role: king, sha256: ${secret}}\n`,
    );

    const { code, stderr } = await runProgram([join(ROOT, 'dist', 'main.js')], { AUTH_TOKENS_FILE: path });
    rmSync(directory, { recursive: true });

    expect(code).toBe(78);
    expect(stderr.trimEnd().split('\n').slice(1)).toEqual([
      'AUTH_TOKENS_FILE: [0].token: no plain token belongs here; give its sha256: printf %s "$TOKEN" | sha256sum',
      'AUTH_TOKENS_FILE: [1].role must be controller or observer',
      'AUTH_TOKENS_FILE: [1].sha256 must be 64 hexadecimal digits: printf %s "$TOKEN" | sha256sum',
      'AUTH_TOKENS_FILE: [1].name is that of [0]',
    ]);
  });
});

describe('without a token', () => {
  it('the service says at start that all of this machine may connect', async () => {
    await serve({});

    await service.prints(/"level":"warn".*Every user and program of this machine may connect/);
    expect((await ask([])).status).toBe(101);
  });
});
