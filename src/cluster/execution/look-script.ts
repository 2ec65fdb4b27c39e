/**
 * What is known of an execution. KEYS: it, its log. ARGV: what the key of a service begins with. Returns node, fence, last, state,
 * about, row, whether the node lives, and the bytes of the first entry of the log; nothing where it is not known.
 */
export const LOOK_SCRIPT = `
local held = redis.call('HMGET', KEYS[1], 'node', 'fence', 'last', 'state', 'about', 'row')
if not held[1] then return {} end
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
held[7] = redis.call('EXISTS', ARGV[1] .. held[1])
held[8] = first and string.sub(first[2][2], 1, 16) or false
for i = 1, 8 do held[i] = held[i] or '' end
return held`;
