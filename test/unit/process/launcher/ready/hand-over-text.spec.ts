import { describe, expect, it } from '@jest/globals';
import { handOverText } from '../../../../../src/process/launcher/ready/hand-over-text.js';

const FROM = { cwd: '/srv', environment: { PATH: '/bin', LANG: 'C', OLDPWD: '/old' } };

/** @param more beyond the shell's environment */
function text(more: Record<string, string>, argv: readonly string[] = ['true'], cwd = '/srv'): string | null {
  return handOverText({ cwd, environment: { ...FROM.environment, ...more }, argv }, FROM);
}

describe('the line for a ready shell', () => {
  it('replaces the shell by the command, each word in quotes', () => {
    expect(text({}, ['/bin/sh', '-c', `echo "it's" $HOME\n`])).toBe(
      `exec '/bin/sh' '-c' 'echo "it'\\''s" $HOME\n' </dev/null\n`,
    );
  });

  it('has the variables that the shell has not, or otherwise', () => {
    expect(text({ PATH: '/bin', LANG: 'C.UTF-8', A: 'a b' })).toBe(
      `export LANG='C.UTF-8' A='a b' && exec 'true' </dev/null\n`,
    );
  });

  it('changes the directory without a trace in the environment', () => {
    expect(text({}, ['true'], "/a'b")).toBe(`cd -P '/a'\\''b'/. && export OLDPWD='/old' && exec 'true' </dev/null\n`);
    const bare = { cwd: '/', environment: {} };
    expect(handOverText({ cwd: '/a', environment: {}, argv: ['true'] }, bare)).toBe(
      `cd -P '/a'/. && unset OLDPWD && exec 'true' </dev/null\n`,
    );
  });

  it.each(['a-b', '1A', 'BASH_FUNC_x%%', 'é', '', 'IFS', 'PS4', 'UID', 'OLDPWD', 'ENV', 'BASH_ENV'])(
    'is none with the variable %j',
    (name) => {
      expect(text({ [name]: 'x' })).toBeNull();
    },
  );

  it('is none where it is long', () => {
    expect(text({}, ['echo', 'x'.repeat(4000)])).not.toBeNull();
    expect(text({}, ['echo', 'x'.repeat(4096)])).toBeNull();
    expect(text({}, ['echo', 'é'.repeat(2048)])).toBeNull();
  });

  it('is none where the command has less than the shell', () => {
    const { OLDPWD: _, ...less } = FROM.environment;
    expect(handOverText({ cwd: '/srv', environment: less, argv: ['true'] }, FROM)).toBeNull();
  });
});
