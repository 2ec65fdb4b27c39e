import { describe, expect, it } from '@jest/globals';
import { AttemptLimit } from '../../../../src/policy/rate/attempt-limit.js';
import { RateError } from '../../../../src/policy/rate/rate-error.js';

const ANN = { tokenName: 'ann', address: '127.0.0.1' };
const HERE = { tokenName: null, address: '127.0.0.1' };

describe('attempts', () => {
  it('that fail are limited, each client’s by itself', async () => {
    const limit = new AttemptLimit(3);
    for (let tries = 0; tries < 3; tries++) await limit.begin(ANN);
    const refusal = await limit.begin({ ...ANN, address: '127.0.0.2' }).catch((error: unknown) => error);

    expect(refusal).toBeInstanceOf(RateError);
    expect((refusal as RateError).retryAfterMs).toBeGreaterThan(50_000);
    await expect(limit.begin(HERE)).resolves.toBeUndefined();
  });

  it('that succeed are not', async () => {
    const limit = new AttemptLimit(3);
    for (let tries = 0; tries < 20; tries++) {
      await limit.begin(ANN);
      await limit.succeeded(ANN);
    }
    await expect(limit.begin(ANN)).resolves.toBeUndefined();
  });

  it('count while they are under way', async () => {
    const limit = new AttemptLimit(3);
    const begun = await Promise.allSettled(Array.from({ length: 5 }, () => limit.begin(HERE)));

    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });
});
