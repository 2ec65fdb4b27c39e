import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { loadConfig } from '../../../src/config/load-config.js';
import { userEnvironment } from '../../../src/config/user-environment.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'unit-'));
  writeFileSync(join(directory, 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n# a comment\nann:x:1001:100::/home/ann:\n');
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('the environment of a user', () => {
  it.each([
    [1001, { HOME: '/home/ann', USER: 'ann', LOGNAME: 'ann' }],
    [0, { HOME: '/root', USER: 'root', LOGNAME: 'root' }],
    [100, { HOME: '/', USER: '100', LOGNAME: '100' }],
  ])('of uid %d is %j', (uid, expected) => {
    expect(userEnvironment(uid, join(directory, 'passwd'))).toEqual(expected);
  });

  it('names no one where there is no file', () => {
    expect(userEnvironment(5, join(directory, 'none'))).toEqual({ HOME: '/', USER: '5', LOGNAME: '5' });
  });
});

const asRoot = process.getuid?.() === 0 ? it : it.skip;

describe('RUN_AS', () => {
  it('is refused where the service is not root’s', () => {
    const getuid = jest.spyOn(process as Required<typeof process>, 'getuid').mockReturnValue(1000);

    expect(() => loadConfig({ CC_EXECUTOR_SHELL: '/bin/sh', RUN_AS: '1001:1001' })).toThrow(
      'RUN_AS: only a service of root can run commands as another user',
    );
    getuid.mockRestore();
  });

  asRoot('of a service of root is the commands’ user, and their environment tells it', () => {
    const { runAs, baseEnvironment } = loadConfig({
      CC_EXECUTOR_SHELL: '/bin/sh',
      RUN_AS: '4000001:4000002',
      HOME: '/root',
      USER: 'root',
      LANG: 'C',
    }).process;

    expect(runAs).toEqual({ uid: 4_000_001, gid: 4_000_002 });
    expect(baseEnvironment).toEqual({ HOME: '/', USER: '4000001', LOGNAME: '4000001', LANG: 'C' });
  });
});
