/**
 * Declares an execution lost whose service is dead, and writes its end: once, whoever else does the same.
 *
 * KEYS: the execution, its log. ARGV: who does it, the fencing number and the last event it was found with, what the key of
 * a service begins with, the lease in ms, how long the ended execution is known in ms, the account of the end, the number of
 * its event, and that event's bytes.
 *
 * Returns `taken`; `alive` where its service lives, or nobody can know yet, as the server itself has just begun;
 * `changed` where it is not what it was.
 */
export const TAKEOVER_SCRIPT = `
local held = redis.call('HMGET', KEYS[1], 'node', 'fence', 'last', 'state')
if not held[1] or held[2] ~= ARGV[2] or held[3] ~= ARGV[3] or held[4] ~= 'running' then return 'changed' end
local uptime = tonumber(string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)'))
if uptime * 1000 < tonumber(ARGV[5]) or redis.call('EXISTS', ARGV[4] .. held[1]) == 1 then return 'alive' end
local time = redis.call('TIME')
local fence = math.max(tonumber(held[2]) + 1, time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('XADD', KEYS[2], ARGV[8] .. '-0', 'b', ARGV[9])
redis.call('HSET', KEYS[1], 'node', ARGV[1], 'fence', string.format('%.0f', fence), 'state', 'ended', 'last', ARGV[8],
  'row', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return 'taken'`;
