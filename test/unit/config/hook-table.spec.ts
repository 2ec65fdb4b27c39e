import { describe, expect, it } from '@jest/globals';
import { hookTable } from '../../../src/config/hook-table.js';

const HOOK = { name: 'a', type: 'pre-execute', program: ['x'] };

function faultsOf(source: unknown): string[] {
  const faults: string[] = [];
  hookTable(source, '/etc', (text) => faults.push(text));
  return faults;
}

describe('a table of hooks', () => {
  it('has defaults, and programs relative to its directory', () => {
    const [hook] = hookTable(
      { hooks: [{ ...HOOK, program: ['./hooks/a', '../b', 'c', ''] }] },
      '/etc/executor',
      (fault) => {
        throw new Error(fault);
      },
    );

    expect(hook).toEqual({
      name: 'a',
      type: 'pre-execute',
      program: ['/etc/executor/hooks/a', '/etc/b', 'c', ''],
      commands: null,
      timeoutMs: 5000,
      onFailure: 'warn',
      cacheMs: 0,
      sets: [],
    });
  });

  it.each([[null], [{}], [{ hooks: [] }]])('%j has none', (source) => {
    expect(hookTable(source, '/', () => undefined)).toEqual([]);
    expect(faultsOf(source)).toEqual([]);
  });

  it.each([
    [{ hooks: [{ ...HOOK, name: undefined }] }, 'hooks[0].name must be given'],
    [{ hooks: [HOOK, HOOK] }, 'hooks[1].name must differ from all others (got "a")'],
    [{ hooks: [{ ...HOOK, type: 'pre-tool' }] }, 'hooks[0].type must be one of pre-execute'],
    [{ hooks: [{ ...HOOK, program: 'x y' }] }, 'hooks[0].program must be a list'],
    [{ hooks: [{ ...HOOK, program: [''] }] }, 'hooks[0].program must be a list'],
    [{ hooks: [{ ...HOOK, program: ['x', 1] }] }, 'hooks[0].program must be a list'],
    [{ hooks: [{ ...HOOK, timeout: 0 }] }, 'hooks[0].timeout must be a number from 0.1 to 300'],
    [{ hooks: [{ ...HOOK, cache: '1' }] }, 'hooks[0].cache must be a number from 0 to 3600'],
    [{ hooks: [{ ...HOOK, on_failure: 'stop' }] }, 'hooks[0].on_failure must be warn or refuse'],
    [{ hooks: [{ ...HOOK, sets: ['CC_EXECUTOR_X'] }] }, 'hooks[0].sets must hold names of variables'],
    [{ hooks: [{ ...HOOK, type: 'pre-control', cache: 1 }] }, 'hooks[0].cache is for pre-execute only'],
    [{ hooks: [{ ...HOOK, type: 'post-output', on_failure: 'refuse' }] }, 'hooks[0].on_failure must be warn'],
    [{ hooks: [{ ...HOOK, match: 'x' }] }, 'hooks[0] has no field "match"'],
    [{ hook: [] }, 'the file has no field "hook"'],
  ])('%j is refused', (source, fault) => {
    expect(faultsOf(source).join('\n')).toContain(fault);
  });
});
