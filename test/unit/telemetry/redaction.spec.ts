import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redaction } from '../../../src/telemetry/redaction.js';

const LETTERS = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF';
const redaction = new Redaction([]);

/** Joined here, so that no scanner takes the test for a leak. */
function joined(...parts: string[]): string {
  return parts.join('');
}

describe('a secret that is known by its form', () => {
  it.each<[string, string, string]>([
    ['a bearer token', joined('Bearer ', LETTERS), LETTERS],
    ['a bearer token in a header', joined('curl -H "Authorization: Bearer ', LETTERS, '"'), LETTERS],
    ['a short bearer token', 'authorization: bearer s3cret', 's3cret'],
    ['a subprotocol', joined('cc-executor.v1, bearer.', LETTERS), LETTERS],
    ['a basic authorization', joined('Basic ', 'dXNlcjpodW50ZXIyaHVudGVyMg=='), 'dXNlcjpodW50ZXIy'],
    ['a cookie', 'Cookie: session=s3cret; other=s3cret', 's3cret'],
    ['an assignment', 'MY_TOKEN=s3cret make', 's3cret'],
    ['a quoted assignment', `password="s3 cret\\" s3cret" x`, 'cret'],
    ['a patched word', `password=a"s3cret d"'s3cret'\\ s3cret x`, 's3cret'],
    ['an assignment in capitals', 'DB_PASSWORD=s3cret', 's3cret'],
    ['a query', 'GET /x?access_token=s3cret&y=1', 's3cret'],
    ['JSON', '{"password": "s3cret", "user": "me"}', 's3cret'],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ api_key: 's3cret' })), 's3cret'],
    ['YAML', 'client_secret: s3cret', 's3cret'],
    ['an option', 'mysql --password s3cret db', 's3cret'],
    ['an option with =', 'mysql --password=s3cret db', 's3cret'],
    ['an option of more words', 'tool --my-api-key s3cret', 's3cret'],
    ['credentials of curl', 'curl -u me:s3cret https://example.org', 's3cret'],
    ['a URL', 'redis://:s3cret@127.0.0.1:6379', 's3cret'],
    ['a URL with a user', 'git clone https://me:s3cret@example.org/x.git', 's3cret'],
    ['an AWS key id', joined('AKI', 'AIOSFODNN7EXAMPLE'), 'IOSFODNN7'],
    ['an AWS secret', joined('aws_secret_access_', 'key = ', LETTERS), LETTERS],
    ['a GitHub token', joined('gh', 'p_', LETTERS), LETTERS],
    ['a fine-grained GitHub token', joined('github_', 'pat_', LETTERS), LETTERS],
    ['a GitLab token', joined('gl', 'pat-', LETTERS), LETTERS],
    ['a Slack token', joined('xox', 'b-123456789012-', LETTERS), LETTERS],
    ['a Slack hook', joined('https://hooks.slack.com/', 'services/T0/B0/', LETTERS), LETTERS],
    ['an OpenAI key', joined('sk', '-proj-', LETTERS), LETTERS],
    ['an Anthropic key', joined('sk', '-ant-api03-', LETTERS), LETTERS],
    ['a Stripe key', joined('sk', '_live_', LETTERS), LETTERS],
    ['an npm token', joined('npm', '_', LETTERS), LETTERS],
    ['a JSON Web Token', joined('ey', 'JhbGciOiJIUzI1NiJ9.', LETTERS, '.', LETTERS), LETTERS],
    [
      'a PEM key',
      joined('-----BEGIN RSA PRIVATE', ' KEY-----\n', LETTERS, '\n-----END RSA PRIVATE', ' KEY-----'),
      LETTERS,
    ],
    ['a PEM key without an end', joined('-----BEGIN PRIVATE', ' KEY-----\\n', LETTERS), LETTERS],
  ])('(%s) is masked', (_, text, secret) => {
    const masked = redaction.mask(`before ${text}`);

    expect(masked).toContain('***');
    expect(masked).not.toContain(secret);
    expect(masked).toMatch(/^before /);
  });

  it.each([
    'ls -la /tmp && echo done',
    'git commit -m "tokens and passwords are refused"',
    'Session d50cda5d-1111-4222-8333-444455556666 closed (1000)',
    'Listening on ws://127.0.0.1:8003/ws/mcp',
    'task-assessment-of-something-long',
    'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'tokenize(x) secretary',
  ])('is not seen in %j', (text) => {
    expect(redaction.mask(text)).toBe(text);
  });

  it('leaves what stands around it', () => {
    expect(redaction.mask('a TOKEN=s3cret b')).toBe('a TOKEN=*** b');
    expect(redaction.mask('{"password":"s3cret","user":"me"}')).toBe('{"password":"***","user":"me"}');
    expect(redaction.mask('https://me:s3cret@example.org/x')).toBe('https://***@example.org/x');
  });
});

describe('a secret that the operator names', () => {
  it('is masked wherever it stands', () => {
    expect(new Redaction(['hunter2']).mask('xhunter2x hunter2')).toBe('x***x ***');
  });

  it('is masked to the end of the word where it is a start', () => {
    expect(new Redaction(['corp_*']).mask('a corp_12.3/4 b "corp_x" corp_')).toBe('a *** b "***" ***');
  });

  it('is no expression', () => {
    expect(new Redaction(['a.c+(d', '$&[x]']).mask('abc a.c+(d $&[x]')).toBe('abc *** ***');
  });

  it('is masked whatever characters it has', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'binary' }), fc.string({ unit: 'binary' }), (secret, around) => {
        fc.pre(!secret.includes('*'));
        expect(new Redaction([secret]).mask(`${around}${secret}${around}`)).not.toContain(secret);
      }),
    );
  });
});

describe('any text', () => {
  const fragments = [
    ...[
      'token',
      'password=',
      '"password": "',
      '--',
      '--token ',
      '"',
      "'",
      '\\',
      '\\"',
      '://',
      'a',
      '@',
      ':',
      ' ',
      '\n',
    ],
    ...[
      '-----BEGIN ',
      'PRIVATE KEY',
      '-----END ',
      'eyJ',
      '.',
      'Bearer ',
      'sk-',
      'xoxb-',
      'glpat-',
      '-u ',
      '=',
      'A',
      ' -u a',
    ],
    ...['hooks.slack.com/services/', 'cookie:', 'api_key', '***', '\ud800', '\u2028'],
  ];

  it('is masked without an error', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...fragments), { maxLength: 60 }), (parts) => {
        expect(typeof redaction.mask(parts.join(''))).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });

  it('hides a secret in the middle of anything but a word', () => {
    const secret = joined('gh', 'p_', LETTERS);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...fragments)), fc.array(fc.constantFrom(...fragments)), (before, after) => {
        expect(redaction.mask(`${before.join('')} ${secret} ${after.join('')}`)).not.toContain(LETTERS);
      }),
    );
  });

  it('takes time in proportion to its length', () => {
    const time = (text: string): number => {
      const from = performance.now();
      redaction.mask(text);
      return performance.now() - from;
    };
    for (const fragment of [
      ...fragments,
      '--token--',
      '"password": "\\"',
      'token=\\',
      'eyJaaaaaaaa',
      'glabc',
      'a:b@',
    ]) {
      const text = fragment.repeat(Math.ceil(200_000 / fragment.length));
      // A quadratic expression takes tens of seconds.
      expect([fragment, time(text) < 1500]).toEqual([fragment, true]);
    }
  });

  it('is cut where it is longer than anybody reads', () => {
    expect(redaction.mask('x'.repeat(1_000_000)).length).toBeLessThan(300_000);
  });
});
