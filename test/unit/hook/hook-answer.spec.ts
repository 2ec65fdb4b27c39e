import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hookAnswer, SILENT_ANSWER } from '../../../src/hook/hook-answer.js';

const answer = (value: unknown, type: Parameters<typeof hookAnswer>[0] = 'pre-execute'): unknown =>
  hookAnswer(type, Buffer.from(JSON.stringify(value)));

describe('the answer of a hook', () => {
  it.each(['', '\n', ' \n\t'])('that is %j says nothing', (text) => {
    expect(hookAnswer('pre-execute', Buffer.from(text))).toBe(SILENT_ANSWER);
  });

  it.each([
    [{}, {}],
    [{ allow: true, reason: 'fine' }, {}],
    [{ allow: false, reason: 'no' }, { refusal: 'no' }],
    [{ allow: false }, { refusal: 'It gives no reason' }],
    [{ warning: 'careful' }, { warning: 'careful' }],
    [{ warning: ' ' }, {}],
    [{ command: 'ls' }, { program: { command: 'ls' } }],
    [{ argv: ['ls', ''] }, { program: { argv: ['ls', ''] } }],
    [{ wrap: ['nice'] }, { wrap: ['nice'] }],
    [
      { cwd: '/', env: { A: '' } },
      { cwd: '/', environment: { A: '' } },
    ],
    [{ cwd: null, env: null, argv: null }, {}],
  ])('%j is understood', (given, expected) => {
    expect(answer(given)).toEqual({ ...SILENT_ANSWER, ...expected });
  });

  it.each([
    ['[]', 'no JSON object'],
    ['null', 'no JSON object'],
    ['{}{}', 'no JSON object'],
    ['{"allow":"no"}', 'allow must be true or false'],
    ['{"command":" "}', 'command must not be blank'],
    ['{"command":"a","argv":["b"]}', 'either command or argv'],
    ['{"argv":[]}', 'argv must be'],
    ['{"argv":[""]}', 'argv must be'],
    ['{"wrap":"nice"}', 'wrap must be'],
    ['{"cwd":"a\\u0000b"}', 'cwd must be'],
    ['{"warning":"\\ud800"}', 'warning must be'],
    ['{"env":{"A=B":"c"}}', 'env must be'],
    ['{"env":{"CC_EXECUTOR_X":"c"}}', 'env must be'],
    ['{"env":{"A":1}}', 'env must be'],
    ['{"__proto__":1}', 'has "__proto__"'],
    ['{"limits":1}', 'has "limits"'],
  ])('%s is refused', (text, fault) => {
    expect(hookAnswer('pre-execute', Buffer.from(text))).toContain(fault);
  });

  it.each([
    ['pre-control', { cwd: '/' }],
    ['post-execute', { allow: false }],
    ['post-output', { env: {} }],
  ] as const)('of %s has no %j', (type, given) => {
    expect(answer(given, type)).toContain(`which ${type} does not know`);
  });

  it('is never an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(['string', 'object']).toContain(typeof answer(value));
      }),
    );
  });
});
