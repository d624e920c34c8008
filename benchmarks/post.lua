-- Posts of many people: each request is another person, and a new round of people goes to another target, a station or
-- a shift, so that nearly every one is fresh. args: folder, number of the first request, file of the targets (a body
-- for /checkins a line, or path, tab, body); "spread" as a fourth sends neighbouring requests to different targets
-- instead; the file of the people's tokens.
local tokens, bodies, counts, n = {}, {}, {}, 0

function setup(thread) worker = thread end

function init(args)
  for line in io.lines(args[1] .. "/" .. (args[5] or "tokens.txt")) do tokens[#tokens + 1] = line end
  for line in io.lines(args[1] .. "/" .. (args[3] or "credentials.txt")) do bodies[#bodies + 1] = line end
  n = tonumber(args[2])
  spread, label = args[4] == "spread", args[3] or "all"
  fresh, again, other = 0, 0, 0
end

function request()
  local person, round = n % #tokens + 1, math.floor(n / #tokens)
  local station = (spread and n + round or round) % #bodies + 1
  local path, body = bodies[station]:match("^(/[^\t]*)\t(.*)$")
  n = n + 1
  return wrk.format("POST", path or "/api/v1/checkins", {
    ["Authorization"] = "Bearer " .. tokens[person],
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = "bench-" .. label .. "-" .. n .. "-" .. person,
  }, body or bodies[station])
end

function response(status)
  if status == 201 then fresh = fresh + 1 elseif status == 200 then again = again + 1 else other = other + 1 end
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.3f fresh=%d good=%d bad=%d p50_us=%d p99_us=%d max_us=%d\n",
    summary.requests, summary.duration / 1e6, worker:get("fresh"), worker:get("fresh") + worker:get("again"),
    worker:get("other") + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
