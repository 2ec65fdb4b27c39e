/**
 * Claims a key under which something is to be started once. KEYS: the key. ARGV: who claims it, the digest of the request,
 * what the key of a service begins with, the life of the claim in ms. Returns nothing where it is claimed from here on;
 * else the service that has it, the digest and the answer that was given, empty while the start is under way. The claim of a
 * service that died before it had an answer is void.
 */
export const CLAIM_SCRIPT = `
local held = redis.call('HMGET', KEYS[1], 'node', 'digest', 'answer')
if held[1] and (held[3] or redis.call('EXISTS', ARGV[3] .. held[1]) == 1) then
  return {held[1], held[2], held[3] or ''}
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'node', ARGV[1], 'digest', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {}`;
