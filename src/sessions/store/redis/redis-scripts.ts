/**
 * What happens to a session in Redis, each in one step. KEYS: its entry (a hash of `fence` and `owner`) and its lines (a
 * list). A lower fence than the entry's is a former owner's, and is answered with -1.
 */
const REFUSE_FORMER = `
local held = tonumber(redis.call('HGET', KEYS[1], 'fence') or '0')
if held > tonumber(ARGV[1]) then return -1 end
`;

const MARK_AND_KEEP = `
if held < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'owner', ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
`;

/** ARGV: fence, owner, milliseconds to keep, 1 where the lines may be the first, lines. -2: there is nothing to add to. */
export const APPEND = `${REFUSE_FORMER}
if ARGV[4] == '0' and redis.call('EXISTS', KEYS[2]) == 0 then return -2 end
for at = 5, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[at]) end
${MARK_AND_KEEP}`;

/** ARGV: fence, owner, milliseconds to keep, how many of the last lines before these are kept, lines. */
export const BEGIN_PART = `${REFUSE_FORMER}
if redis.call('EXISTS', KEYS[2]) == 0 then return -2 end
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[4]), -1)
for at = 5, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[at]) end
${MARK_AND_KEEP}`;

/** ARGV: fence, owner, milliseconds to keep, lines. */
export const REPLACE = `${REFUSE_FORMER}
redis.call('DEL', KEYS[2])
for at = 4, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[at]) end
${MARK_AND_KEEP}`;

/** ARGV: fence, milliseconds. The entry stays for a while with a higher fence: nobody brings the session back. */
export const REMOVE = `${REFUSE_FORMER}
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'fence', tonumber(ARGV[1]) + 1, 'owner', '')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** ARGV: owner that it is taken from, new owner. Answered with nothing where it is gone or another one's by now. */
export const CLAIM = `
if redis.call('EXISTS', KEYS[2]) == 0 then return nil end
if (redis.call('HGET', KEYS[1], 'owner') or '') ~= ARGV[1] then return nil end
redis.call('HSET', KEYS[1], 'owner', ARGV[2])
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
local lines = redis.call('LRANGE', KEYS[2], 0, -1)
table.insert(lines, 1, tostring(fence))
return lines
`;

/** KEYS: entry, lines, where they go. ARGV: milliseconds to keep. */
export const QUARANTINE = `
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('RENAME', KEYS[2], KEYS[3])
redis.call('PEXPIRE', KEYS[3], ARGV[1])
redis.call('DEL', KEYS[1])
return 1
`;
