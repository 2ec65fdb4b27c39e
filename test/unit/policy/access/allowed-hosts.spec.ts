import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AllowedHosts } from '../../../../src/policy/access/allowed-hosts.js';
import { faults, type Header, request } from './support.js';

const hosts = new AllowedHosts(['Executor.internal', 'gate.example:8443', '[2001:db8::1]:80'], () => undefined);

function refused(host: string, localAddress = '127.0.0.1'): number | null {
  return hosts.refusal(request([['Host', host]], { localAddress }))?.status ?? null;
}

describe('the allowed hosts', () => {
  it.each([
    ['10.0.0.5:8003', '10.0.0.5'],
    ['10.0.0.5', '::ffff:10.0.0.5'],
    ['[2001:DB8:0::5]:8003', '2001:db8::5'],
    ['[fe80::1]', 'fe80::1%eth0'],
  ])('have %s, where the connection came to %s', (host, localAddress) => {
    expect(refused(host, localAddress)).toBeNull();
    expect(refused(host, '10.0.0.6')).toBe(403);
  });

  it.each([
    ['gate.example:8443', null],
    ['gate.example:8442', 403],
    ['gate.example', 403],
    ['executor.internal:1', null],
    ['[2001:db8::1]:80', null],
    ['[2001:db8::1:80]', 403],
    ['[2001:db8::1]', 403],
    ['0.0.0.0', 403],
    ['2001:db8::1', 400],
    ['user@localhost', 400],
    ['localhost:123456', 400],
  ])('%s: %j', (host, status) => {
    expect(refused(host, '0.0.0.1')).toBe(status);
  });

  it.each([
    [[]],
    [
      [
        ['Host', 'localhost'],
        ['host', 'localhost'],
      ],
    ],
  ] as Header[][][])('need one header: %j', (headers) => {
    expect(hosts.refusal(request(headers))?.status).toBe(400);
  });

  it('never have a name that is not listed, whatever address the connection came to', () => {
    const near = fc
      .tuple(
        fc.constantFrom('localhost', '127.0.0.1', '[::1]', 'executor.internal', '10.0.0.5'),
        fc.nat(18),
        fc.domain(),
      )
      .map(([host, at, text]) => host.slice(0, at) + text + host.slice(at));
    fc.assert(
      fc.property(fc.oneof(near, fc.domain(), fc.string()), (host) => {
        fc.pre(!/^(localhost|executor\.internal|127[.\d]+|\[::1\])(:\d*)?$/i.test(host));

        expect(refused(host, '10.0.0.5')).not.toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['*', '*.example', 'a b', 'a/b', 'http://a', 'a:b', 'a:', '[x]', 'u@a', ''])('cannot be %j', (entry) => {
    const { texts, add } = faults();
    new AllowedHosts([entry], add);

    expect(texts).toEqual([expect.stringContaining(JSON.stringify(entry))]);
  });
});
