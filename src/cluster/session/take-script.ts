/**
 * Takes over a session whose service is dead, as it was found. KEYS: the session. ARGV: who takes it, the service it was
 * found with, what was said of it, what the key of a service begins with, the lease in ms, its life in ms. Returns `taken`;
 * `alive` where its service lives, or nobody can know yet, as the server itself has just begun; `changed` where it is not
 * what it was.
 */
export const TAKE_SCRIPT = `
local held = redis.call('HMGET', KEYS[1], 'node', 'about')
if held[1] ~= ARGV[2] or held[2] ~= ARGV[3] then return 'changed' end
local uptime = tonumber(string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)'))
if uptime * 1000 < tonumber(ARGV[5]) or redis.call('EXISTS', ARGV[4] .. held[1]) == 1 then return 'alive' end
redis.call('HSET', KEYS[1], 'node', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 'taken'`;
