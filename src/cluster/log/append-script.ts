/**
 * Writes to the log of an execution, if it is still the writer's.
 *
 * KEYS: the execution, its log. ARGV: the writer's node, its fencing number (0 = none yet), 1 where it may enter the
 * execution anew, life of both keys in ms, number below which entries are dropped, 1 where the log begins anew, the account of the
 * end (empty while it runs), what is said of the execution; then of each batch the number of its last event, and its
 * bytes. An entry's id is that number: a batch that is there already is not written twice.
 *
 * Returns `ok` and the fencing number, which is above all that were given out before, also by a server that has lost
 * its memory; `unknown` where there is no such execution; `fenced` where it is another's.
 */
export const APPEND_SCRIPT = `
local held = redis.call('HMGET', KEYS[1], 'node', 'fence', 'last')
local fence, last = tonumber(ARGV[2]), tonumber(held[3] or 0) or 0
if not held[1] then
  if ARGV[3] == '0' then return {'unknown'} end
  local time = redis.call('TIME')
  fence = math.max(fence + 1, time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'node', ARGV[1], 'fence', string.format('%.0f', fence), 'state', 'running', 'last', '0', 'about', ARGV[8])
  last = 0
elseif held[1] ~= ARGV[1] then
  return {'fenced'}
elseif tonumber(held[2]) ~= fence then
  if ARGV[3] == '0' then return {'fenced'} end
  fence = tonumber(held[2])
end
if ARGV[6] == '1' then
  redis.call('DEL', KEYS[2])
  last = 0
end
local written = nil
for i = 9, #ARGV, 2 do
  local seq = tonumber(ARGV[i])
  if seq > last then
    redis.call('XADD', KEYS[2], ARGV[i] .. '-0', 'b', ARGV[i + 1])
    last, written = seq, ARGV[i]
  end
end
if written then redis.call('HSET', KEYS[1], 'last', written) end
if ARGV[5] ~= '0' then redis.call('XTRIM', KEYS[2], 'MINID', ARGV[5] .. '-0') end
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'state', 'ended', 'row', ARGV[7]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return {'ok', string.format('%.0f', fence)}`;
