import { describe, it } from '@jest/globals';
import { RedisServer } from './redis-server.js';

const HOW = 'they need redis-server on PATH (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)';

/**
 * `describe` of tests that run a redis-server. Where there is none they are skipped, by name, with a line on how to get
 * it; under CI=true that is a failure.
 */
export function describeRedis(title: string, body: () => void): void {
  if (RedisServer.program !== null) describe(title, body);
  else if (process.env.CI === 'true') {
    describe(title, () => {
      it('has a redis-server', () => {
        throw new Error(`Not run: ${HOW}`);
      });
    });
  } else {
    process.stderr.write(`Skipped, ${HOW}: ${title}\n`);
    describe.skip(title, body);
  }
}
