import { describe, expect, it } from '@jest/globals';
import type { AppConfig } from '../../../src/config/app-config.js';
import { describeConfig } from '../../../src/config/describe-config.js';
import { loadConfig } from '../../../src/config/load-config.js';

function config(variables: Readonly<Record<string, string>> = {}): AppConfig {
  return loadConfig({ CC_EXECUTOR_SHELL: '/bin/sh', ...variables });
}

/** The configuration with more values in a section than there are yet. */
function withServer(values: object): AppConfig {
  const all: AppConfig = config();
  return Object.assign(Object.create(null) as AppConfig, all, { server: { ...all.server, ...values } });
}

describe('a described configuration', () => {
  it('names every section and every value of it', () => {
    const all = config();
    const sections = describeConfig(all).split(/^(?=\[)/m);

    expect(sections).toHaveLength(Object.keys(all).length);
    for (const [section, values] of Object.entries(all)) {
      const [heading, ...lines] =
        sections
          .find((text) => text.startsWith(`[${section}]`))
          ?.trim()
          .split('\n') ?? [];
      expect(heading).toBe(`[${section}]`);
      expect(lines.map((line) => line.split(' = ', 1)[0])).toEqual(Object.keys(values as object));
    }
  });

  it('tells no text that is a secret', () => {
    expect(describeConfig(config({ REDACT: 'hunter22' }))).toContain('secretPatterns = "***"');
  });

  it('tells the values as they are', () => {
    const lines = describeConfig(
      config({ PORT: '9000', ALLOWED_COMMANDS: 'ls,git', DEFAULT_EXECUTION_TIMEOUT: '5' }),
    ).split('\n');

    expect(lines).toEqual(
      expect.arrayContaining([
        'host = "127.0.0.1"',
        'port = 9000',
        'allowedCommands = ["ls","git"]',
        'defaultTimeoutMs = 5000',
        'shell = "/bin/sh"',
      ]),
    );
  });

  it('tells of the commands’ environment only the names', () => {
    const text = describeConfig(config({ Z_KEY: 'secret-1', PATH: '/bin', API_KEY: 'secret-3' }));

    expect(text).toContain('baseEnvironment = ["API_KEY","PATH","Z_KEY"]');
    expect(text).not.toContain('secret-');
  });

  it.each(['authToken', 'token', 'clientSecret', 'password', 'dbPasswd', 'apiKey', 'api_key', 'credentials'])(
    'masks %s',
    (name) => {
      const text = describeConfig(withServer({ [name]: 'hidden-1' }));

      expect(text).toContain(`${name} = "***"`);
      expect(text).not.toContain('hidden-1');
    },
  );

  it('tells that a secret is not set', () => {
    expect(describeConfig(withServer({ authToken: null }))).toContain('authToken = null');
  });

  it('masks the credentials of a URL', () => {
    const text = describeConfig(withServer({ url: 'redis://user:hidden@host:6379/0' }));

    expect(text).toContain('url = "redis://***@host:6379/0"');
    expect(text).not.toContain('hidden');
  });

  it('masks the credentials of every URL of a list', () => {
    expect(
      describeConfig(config({ ALLOWED_ORIGINS: 'http://a:hidden@x.example,http://b:hidden@y.example' })),
    ).not.toContain('hidden');
  });
});
