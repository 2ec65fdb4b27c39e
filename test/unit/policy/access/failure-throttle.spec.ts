import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FailureThrottle } from '../../../../src/policy/access/failure-throttle.js';
import { IpAddress } from '../../../../src/policy/access/ip-address.js';
import { LogLines } from '../../../support/log-lines.js';

function address(text: string): IpAddress {
  return IpAddress.parse(text)!;
}

describe('failed attempts', () => {
  const ann = address('203.0.113.1');
  const bob = address('203.0.113.2');
  let log: LogLines;
  let throttle: FailureThrottle;

  beforeAll(() => {
    log = new LogLines();
  });

  afterAll(() => {
    log.stop();
  });

  beforeEach(() => {
    jest.useFakeTimers();
    throttle = new FailureThrottle(3);
    log.take();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  async function fail(client: IpAddress, times: number): Promise<(number | null)[]> {
    return Promise.all(Array.from({ length: times }, () => throttle.attempt(client)));
  }

  it('may be as many as are allowed, then none until the minute has passed', async () => {
    expect(await fail(ann, 3)).toEqual([null, null, null]);
    jest.advanceTimersByTime(20_000);
    expect(await fail(ann, 2)).toEqual([40, 40]);
    jest.advanceTimersByTime(39_500);
    expect(await throttle.attempt(ann)).toBe(1);
    jest.advanceTimersByTime(500);
    expect(await fail(ann, 4)).toEqual([null, null, null, 60]);
  });

  it('of one address are not those of another', async () => {
    await fail(ann, 5);

    expect(await throttle.attempt(bob)).toBeNull();
  });

  it('of one IPv6 network are those of all its addresses', async () => {
    await fail(address('2001:db8::1'), 3);

    expect(await throttle.attempt(address('2001:db8::ffff:1'))).toBe(60);
    expect(await throttle.attempt(address('2001:db8:0:1::1'))).toBeNull();
  });

  it('are those alone that did not succeed', async () => {
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      expect(await throttle.attempt(ann)).toBeNull();
      await throttle.succeeded(ann);
    }

    expect(await fail(ann, 4)).toEqual([null, null, null, 60]);
  });

  it('are logged once, when they become too many', async () => {
    await fail(ann, 10);

    expect(log.take()).toEqual(['3 attempts of 203.0.113.1 without a right token: refused for 60 s']);
  });
});
