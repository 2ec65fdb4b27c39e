/**
 * Enters a session, or renews it, if it is still this service's. KEYS: the session. ARGV: the service, what is said of the
 * session, its life in ms. Returns 1, or 0 where it is another's.
 */
export const PUT_SCRIPT = `
local node = redis.call('HGET', KEYS[1], 'node')
if node and node ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'node', ARGV[1], 'about', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;
