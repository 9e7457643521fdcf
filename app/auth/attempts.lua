-- One attempt at a password, counted before it is judged, for all processes and by the clock of Redis.
--
-- KEYS: one for each thing that the attempt counts against; ARGV[1]: "begin", or "undo" for one that was right;
-- ARGV[2]: the settings as JSON; ARGV[3…]: how many attempts each key bears before they are slowed down.
-- A key holds "level at": the level falls by one in `leak` seconds. Answers the seconds to wait, 0 when it was counted.

local settings = cjson.decode(ARGV[2])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000

local function read(key, free)
  local kept = redis.pcall('GET', key)
  local level, at = string.match(type(kept) == 'string' and kept or '', '^(%d+%.?%d*) (%d+%.?%d*)$')
  level, at = tonumber(level), tonumber(at)
  if not level or not at or at > now + 1 then return 0, 0 end -- nothing, or nothing that this script can have left
  return math.min(level, free + settings.most_over), at
end

local function write(key, level, at)
  redis.call('SET', key, string.format('%.6f %.6f', level, at), 'EX', settings.kept)
end

local function wait_of(level, at, free)
  local over = math.floor(level + 0.5) - free
  if over < 0 then return 0 end
  return math.max(0, at + math.min(settings.longest, settings.first * 2 ^ over) - now)
end

local wait = 0
for i, key in ipairs(KEYS) do
  local free = tonumber(ARGV[i + 2])
  local level, at = read(key, free)
  if ARGV[1] == 'undo' then
    if level > 0 then write(key, math.max(0, level - 1), at) end
  else
    wait = math.max(wait, wait_of(level, at, free))
  end
end
if ARGV[1] == 'begin' and wait == 0 then
  for i, key in ipairs(KEYS) do
    local level, at = read(key, tonumber(ARGV[i + 2]))
    write(key, math.max(0, level - (now - at) / settings.leak) + 1, now)
  end
end
return string.format('%.3f', wait)
