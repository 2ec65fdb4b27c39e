import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RedactingLogger } from '../../../src/telemetry/redacting-logger.js';
import { Redaction } from '../../../src/telemetry/redaction.js';

let written: string;

beforeEach(() => {
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  }
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each([true, false])('a log line (JSON: %p)', (json) => {
  const logger = new RedactingLogger({ json, colors: false, logLevels: ['log', 'error'] }, new Redaction(['s3cret']));

  it.each<[string, () => void]>([
    [
      'a message',
      () => {
        logger.log('it is s3cret', 'Context');
      },
    ],
    [
      'a value',
      () => {
        logger.log({ deep: [{ text: 'it is s3cret' }] }, 'Context');
      },
    ],
    [
      'an error',
      () => {
        logger.error(new Error('it is s3cret'), 'Context');
      },
    ],
    [
      'a stack',
      () => {
        logger.error('broken', new Error('it is s3cret').stack, 'Context');
      },
    ],
    [
      'a context',
      () => {
        logger.log('message', 's3cret');
      },
    ],
  ])('has no secret of %s', (_, log) => {
    log();

    expect(written).toContain('***');
    expect(written).not.toContain('s3cret');
    if (json) for (const line of written.trim().split('\n')) expect(() => void JSON.parse(line)).not.toThrow();
  });

  it('has what is no secret as it is', () => {
    logger.log('Listening on ws://127.0.0.1:8003/ws/mcp', 'Service');

    expect(written).toContain('Listening on ws://127.0.0.1:8003/ws/mcp');
  });
});

describe('a value by the name of a secret', () => {
  it('is masked in JSON whatever it is', () => {
    const logger = new RedactingLogger({ json: true, colors: false, logLevels: ['log'] }, new Redaction([]));
    logger.log({ password: 'plain', user: 'me', quote: 'token="a\\"b" c' }, 'Context');

    expect(JSON.parse(written)).toMatchObject({ message: { password: '***', user: 'me', quote: 'token=*** c' } });
  });
});
