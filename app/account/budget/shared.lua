-- One decision about the rate limit of one Zendesk account, for all processes, by the clock of Redis.
--
-- KEYS[1]: all that is known of the account, packed; KEYS[2]: its last minutes, one JSON object each.
-- ARGV[1]: what happens, as JSON: {op = "ask" | "tell" | "drop" | "block" | "look", …}; ARGV[2]: the settings,
-- as JSON; ARGV[3]: the time in seconds, for tests alone. Answers JSON. See shared_budget.py.

local said, settings = cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
local WINDOW, RESERVE = settings.window, settings.reserve
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end

local KEPT_SECONDS = 7200 -- longer than any Retry-After that we believe
local MINUTES_KEPT = 60
local BURST_SECONDS = 2 -- of the even rate: the most that Redis emptied can cost
local TRICKLE = 0.1 -- of the even rate: without requests no process would learn that others have stopped
local SAME_WINDOW = 2 -- seconds by which answers of one window disagree about its end
local MOST_SLEEP = 2 -- seconds until a request in the queue asks again: those before may leave, others may use less
local GRACE = 1 -- seconds for which a place in the queue is kept for a request that is late
local HEAD_START = 10 -- requests by which a share that asked little goes ahead: small jobs need not stand in line
local FAR = 1e12 -- more than anything here is ever counted up to
local MOST_ASSUMED = 10000 -- requests a minute that are believed of a limit when all else that was noted is not
local MOST_OF_A_KIND = 100000 -- requests, shares or buckets noted at a time
local OUT_SECONDS = 60 -- after which a request whose end was never told is forgotten: its process died

local function beginning(limit)
  return {
    at = now, limit = limit, left = limit, ends = now + WINDOW,
    unseen = true, -- no answer of this window came yet
    guess = true, -- no answer ever came: limit and end are assumed
    jobs = 0, people = 0, waits = 0, refused = 0, -- in this window: granted, made to wait, answered 429
    before = 0, -- what all but our jobs used in the window before
    virtual = 0, last = {}, queue = {}, -- fair queueing: each share's requests are numbered on from the last served
    out = {}, granted = 0, -- requests granted and not yet answered, numbered
    stops = {}, points = {}, names = {}, -- Retry-After; the endpoints' own counters; which bucket they belong to
  }
end

local function even_rate(s)
  return s.limit * (1 - RESERVE) / WINDOW
end

local function burst(s)
  return math.max(1, even_rate(s) * BURST_SECONDS)
end

local function number(value, least, most)
  return type(value) == 'number' and value >= least and value <= most
end

local function all(values, fits)
  if type(values) ~= 'table' then return false end
  local count = 0
  for name, value in pairs(values) do
    count = count + 1
    if count > MOST_OF_A_KIND or type(name) ~= 'string' or not fits(value) then return false end
  end
  return true
end

-- Who can write to Redis must not stop jobs for longer than Zendesk itself can: what no run of this script can have
-- left there is junk.
local function sane(known)
  local latest = now + settings.longest + WINDOW
  local function time(value) return number(value, 0, latest) end
  local function count(value) return number(value, 0, FAR) end
  local function text(value) return value == nil or type(value) == 'string' end
  local function window(w)
    return type(w) == 'table' and number(w.limit, 0, FAR) and number(w.left, -FAR, FAR) and time(w.ends)
  end
  local function place(p)
    return text(p.share) and number(p.tag, -FAR, FAR) and number(p.expires, 0, now + WINDOW)
  end
  local function request(r)
    return number(r.at, 0, now + 1) and count(r.number) and text(r.bucket) and (r.kind == 'jobs' or r.kind == 'people')
  end
  return window(known) and known.limit >= 1 and known.left <= 2 * known.limit and number(known.tokens, -1, FAR)
    and count(known.jobs) and count(known.people) and count(known.waits) and count(known.refused)
    and count(known.before) and count(known.granted) and number(known.virtual, -FAR, FAR)
    and all(known.last, function(tag) return number(tag, -FAR, FAR) end)
    and all(known.queue, place) and all(known.out, request) and all(known.stops, time) and all(known.points, window)
    and all(known.names, function(names) return all(names, function(is) return is == true end) end)
end

local function load()
  local fits, known = pcall(cmsgpack.unpack, redis.pcall('GET', KEYS[1])) -- nothing there, or junk: begin anew
  fits = fits and type(known) == 'table' and number(known.at, 0, FAR)
  if fits and now > known.at - 1 then
    local judged, good = pcall(sane, known)
    if judged and good then return known end
  end
  local limit = fits and number(known.limit, 1, MOST_ASSUMED) and known.limit
  local s = beginning(limit or settings.assumed) -- a clock set back: no time noted means anything now
  s.tokens = burst(s)
  return s
end

local function others(s)
  return math.max(0, s.limit - s.left - s.jobs - s.people)
end

local function sum_up(s)
  return { ends = s.ends, limit = s.limit, jobs = s.jobs, people = s.people, others = others(s), waits = s.waits,
    refused = s.refused }
end

local function close(s)
  if s.jobs + s.people + s.waits + s.refused > 0 then
    if redis.call('TYPE', KEYS[2]).ok ~= 'list' then
      redis.call('DEL', KEYS[2])
    end
    redis.call('RPUSH', KEYS[2], cjson.encode(sum_up(s)))
    redis.call('LTRIM', KEYS[2], -MINUTES_KEPT, -1)
    redis.call('EXPIRE', KEYS[2], KEPT_SECONDS)
  end
  s.before = others(s) + s.people
  s.jobs, s.people, s.waits, s.refused = 0, 0, 0, 0
end

local function forget_the_past(s)
  for id, request in pairs(s.out) do
    if request.at + OUT_SECONDS <= now then s.out[id] = nil end
  end
  for id, place in pairs(s.queue) do
    if place.expires <= now then s.queue[id] = nil end
  end
  for bucket, ends in pairs(s.stops) do
    if ends <= now then s.stops[bucket] = nil end
  end
  for name, point in pairs(s.points) do
    if point.ends <= now then s.points[name] = nil end
  end
  for bucket, names in pairs(s.names) do
    for name in pairs(names) do
      if not s.points[name] then names[name] = nil end
    end
    if not next(names) then s.names[bucket] = nil end
  end
end

-- Tokens come at the rate that uses up, by the end of the window, what is left to background work: what was not used
-- is caught up, and nothing is spent all at once. What others use in the rest is taken from the window before.
local function rate(s)
  local rest = math.max(s.ends - now, 1)
  local usable = s.left - s.limit * RESERVE - s.before * rest / WINDOW
  return math.max(usable / rest, even_rate(s) * TRICKLE)
end

local function advance(s)
  s.tokens = math.min(burst(s), s.tokens + rate(s) * (now - s.at))
  s.at = math.max(s.at, now)
  if now >= s.ends then
    local passed = math.floor((now - s.ends) / WINDOW)
    close(s)
    if passed > 0 then s.before = 0 end
    s.ends = s.ends + (passed + 1) * WINDOW
    s.left, s.unseen = s.limit, true
    for _ in pairs(s.out) do
      s.left = s.left - 1 -- it may be counted in the new window
    end
  end
  forget_the_past(s)
end

local function stop_of(s, bucket)
  local account, own = s.stops[''] or 0, bucket and s.stops[bucket] or 0
  if account >= own then return account, '' end
  return own, bucket
end

-- Until when the request must not go, whatever process asks; and why. Nothing when it may.
local function forbidden(s)
  local ends, stopped = stop_of(s, said.bucket)
  if ends > now then return ends, 'stop', stopped end
  for name in pairs(s.names[said.bucket or ''] or {}) do
    local point = s.points[name]
    if point and point.left <= 0 and point.ends > ends then ends = point.ends end
  end
  if s.left <= (said.background and s.limit * RESERVE or 0) then ends = math.max(ends, s.ends) end
  if ends > now then return ends, 'used' end
end

local function take_place(s)
  local share = said.share or ''
  local tail = math.max(s.virtual - HEAD_START, s.last[share] or -math.huge)
  for _, other in pairs(s.queue) do
    if other.share == share and other.tag > tail then tail = other.tag end
  end
  local place = s.queue[said.id] or { share = share, tag = tail + 1 }
  s.queue[said.id] = place
  return place
end

local function rank_of(s, place)
  local rank = 0
  for id, other in pairs(s.queue) do
    if other.tag < place.tag or (other.tag == place.tag and id < said.id) then rank = rank + 1 end
  end
  return rank
end

local function serve(s, place)
  s.queue[said.id] = nil
  s.tokens = s.tokens - 1
  s.virtual = math.max(s.virtual, place.tag - 1)
  s.last[place.share] = place.tag
  for share, tag in pairs(s.last) do
    if tag <= s.virtual - HEAD_START then s.last[share] = nil end
  end
end

local function count_points(s, bucket, by)
  for name in pairs(s.names[bucket or ''] or {}) do
    if s.points[name] then s.points[name].left = s.points[name].left + by end
  end
end

local function grant(s)
  s.left = s.left - 1
  local kind = said.background and 'jobs' or 'people'
  s[kind] = s[kind] + 1
  count_points(s, said.bucket, -1)
  s.granted = s.granted + 1
  s.out[said.id] = { at = now, number = s.granted, bucket = said.bucket, kind = kind }
  return { wait = 0 }
end

local function deny(s, seconds, reason, stopped)
  s.waits = s.waits + 1
  return { wait = math.max(seconds, 0.01), reason = reason, stopped = stopped }
end

local function ask(s)
  if s.out[said.id] then return { wait = 0 } end -- asked again, because our answer was lost
  local ends, reason, stopped = forbidden(s)
  if ends then
    s.queue[said.id] = nil
    return deny(s, ends - now, reason, stopped)
  end
  if not said.background then return grant(s) end
  local place = take_place(s)
  local missing = rank_of(s, place) + 1 - s.tokens
  if missing <= 0 then
    serve(s, place)
    return grant(s)
  end
  local seconds = math.min(missing / rate(s), math.max(s.ends - now, 0.01), MOST_SLEEP)
  place.expires = now + seconds + GRACE
  return deny(s, seconds, 'pace')
end

local function younger(s, request, bucket)
  local found, number = 0, request and request.number or math.huge
  for _, other in pairs(s.out) do
    if other.number > number and (not bucket or other.bucket == bucket) then found = found + 1 end
  end
  return found
end

-- Whether a reading is of the window that we know, of a newer one, or of an older one (it was overtaken). `missing`
-- requests that went later than its own may not be counted in it.
local function age_of(window, reading, sent_at, missing)
  if window.guess then return 'first' end
  if not reading.reset then
    -- Nothing but a jump tells a new window; answers that overtook each other differ by a few.
    local jump = math.max(10, reading.limit / 20) + missing
    return (not window.unseen and reading.remaining > window.left + jump) and 'newer' or 'same'
  end
  if sent_at + reading.reset - 1 > window.ends + SAME_WINDOW then return 'newer' end
  if now + reading.reset + 1 < window.ends - SAME_WINDOW then return 'older' end
  return 'same'
end

local function merge(window, reading, age, sent_at, missing)
  local limit = math.max(reading.limit, 1) -- odd numbers are Zendesk's to give: what is kept of them is sane
  local left, ends = math.min(reading.remaining, limit) - missing, math.min(now, sent_at + 1) + (reading.reset or WINDOW)
  if age == 'same' then
    if not window.unseen then left = math.min(left, window.left) end
    ends = reading.reset and math.max(window.ends, ends) or window.ends -- rather late than early
  end
  window.limit, window.left, window.ends, window.unseen, window.guess = limit, left, ends, nil, nil
end

local function read_account(s, reading, sent_at, missing)
  local age = age_of(s, reading, sent_at, missing)
  if age == 'older' then return end
  if age == 'newer' then close(s) end
  merge(s, reading, age, sent_at, missing)
  s.tokens = math.min(s.tokens, burst(s))
end

local function read_points(s, readings, sent_at, missing)
  local bucket = said.bucket or ''
  s.names[bucket] = s.names[bucket] or {}
  for name, reading in pairs(readings) do
    local point = s.points[name] or { guess = true }
    local age = age_of(point, reading, sent_at, missing)
    if age ~= 'older' then merge(point, reading, age, sent_at, missing) end
    s.names[bucket][name], s.points[name] = true, point
  end
end

local function tell(s)
  local request = s.out[said.id]
  local sent_at = request and request.at or now
  s.out[said.id] = nil
  if said.refused then s.refused = s.refused + 1 end
  if said.account then read_account(s, said.account, sent_at, younger(s, request)) end
  if said.endpoints then read_points(s, said.endpoints, sent_at, younger(s, request, said.bucket)) end
  return {}
end

local function drop(s)
  local request = s.out[said.id]
  s.queue[said.id] = nil -- the share's next request is numbered from the last one served: it loses nothing
  if request then
    s.out[said.id] = nil
    s.left, s[request.kind] = s.left + 1, math.max(0, s[request.kind] - 1)
    if request.kind == 'jobs' then s.tokens = math.min(burst(s), s.tokens + 1) end
    count_points(s, request.bucket, 1)
  end
  return {}
end

local function block(s)
  local bucket = said.bucket or ''
  s.stops[bucket] = math.max(s.stops[bucket] or 0, now + said.seconds)
  return {}
end

local function counted(minute)
  local fits, told = pcall(cjson.decode, minute)
  if not fits or type(told) ~= 'table' then return nil end
  local clean = {}
  for _, name in ipairs({ 'ends', 'limit', 'jobs', 'people', 'others', 'waits', 'refused' }) do
    if not number(told[name], 0, FAR) then return nil end
    clean[name] = told[name]
  end
  return cjson.encode(clean)
end

local function look(s)
  local out, shares, seen = 0, 0, {}
  for _ in pairs(s.out) do out = out + 1 end
  for _, place in pairs(s.queue) do
    if not seen[place.share] then shares, seen[place.share] = shares + 1, true end
  end
  local kept = redis.call('TYPE', KEYS[2]).ok == 'list' and redis.call('LRANGE', KEYS[2], 0, -1) or {}
  local hour = {}
  for _, minute in ipairs(kept) do hour[#hour + 1] = counted(minute) end
  return { now = now, known = not s.guess, left = s.left, out = out, waiting = shares,
    stopped = math.max(0, (s.stops[''] or 0) - now), minute = sum_up(s), hour = hour }
end

local s = load()
advance(s)
local answer = ({ ask = ask, tell = tell, drop = drop, block = block, look = look })[said.op](s)
redis.call('SET', KEYS[1], cmsgpack.pack(s), 'EX', KEPT_SECONDS)
return cjson.encode(answer)
