import { describe, expect, it } from '@jest/globals';
import { redisFault } from '../../../src/redis/redis-fault.js';
import { RedisUnavailable } from '../../../src/redis/redis-unavailable.js';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

describe('an error of the client', () => {
  it.each<[string, Error, string]>([
    ['NOAUTH', reply('NOAUTH Authentication required.'), 'server'],
    ['WRONGPASS', reply('WRONGPASS invalid username-password pair or user is disabled.'), 'server'],
    ['LOADING', reply('LOADING Redis is loading the dataset in memory'), 'server'],
    ['MASTERDOWN', reply('MASTERDOWN Link with MASTER is down'), 'server'],
    ['BUSY', reply('BUSY Redis is busy running a script.'), 'server'],
    ['no answer', new RedisUnavailable('it does not answer'), 'server'],
    ['a refused connection', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'server'],
    ['a closed connection', new Error('Connection is closed.'), 'server'],
    ['a connection not made', new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'server'],
    ['OOM', reply("OOM command not allowed when used memory > 'maxmemory'."), 'writes'],
    ['READONLY', reply("READONLY You can't write against a read only replica."), 'writes'],
    ['MISCONF', reply('MISCONF Redis is configured to save RDB snapshots'), 'writes'],
    [
      'OOM in a script',
      reply('ERR Error running script (call to f_12ab): @user_script:1: @user_script: 1: -OOM command not allowed'),
      'writes',
    ],
    ['WRONGTYPE', reply('WRONGTYPE Operation against a key holding the wrong kind of value'), 'request'],
    ['NOPERM', reply("NOPERM this user has no permissions to run the 'eval' command"), 'request'],
    ['an unknown command', reply("ERR unknown command 'X', with args beginning with: 'secret'"), 'request'],
    ['a defect here', new TypeError('x is not a function'), 'request'],
  ])('%s', (_, error, concerns) => {
    expect(redisFault(error).concerns).toBe(concerns);
  });

  it.each([
    reply('ERR unknown command `HELLO`, with args beginning with: `3` `AUTH` `default` `secret`'),
    reply('secret'),
    reply('-SECRET'),
    new Error('connect to redis://me:secret@host'),
    Object.assign(new Error('secret'), { code: 'ECONNRESET' }),
    'secret',
  ])('does not have its text repeated: %s', (error) => {
    expect(redisFault(error).reason).not.toMatch(/secret/i);
  });
});
