import { describe, expect, it } from '@jest/globals';
import { resolveShell } from '../../../src/config/shell.js';

describe('a shell', () => {
  it('is found by its path', () => {
    expect(resolveShell('/bin/sh')).toBe('/bin/sh');
  });

  it.each(['/no/such/shell', '/etc/passwd', '/bin', '/'])('is not %s', (path) => {
    expect(resolveShell(path)).toBeNull();
  });

  it('that is the default is /bin/sh', () => {
    expect(resolveShell('default', '')).toBe('/bin/sh');
  });

  it('is found in the standard places whatever PATH says', () => {
    expect(resolveShell('bash', '')).toMatch(/^\/.*\/bash$/);
    expect(resolveShell('bash', '/no/such:relative:.')).toMatch(/^\/.*\/bash$/);
    expect(resolveShell('bash')).toMatch(/^\/.*\/bash$/);
  });

  it('that is zsh is zsh, or bash where there is none', () => {
    expect(resolveShell('zsh', '')).toBe(resolveShell('zsh') ?? resolveShell('bash'));
    expect(resolveShell('zsh', '')).toMatch(/\/(zsh|bash)$/);
  });

  it('of another name is none where nothing has it', () => {
    expect(resolveShell('no-such-shell', '/bin:/usr/bin')).toBeNull();
  });
});
