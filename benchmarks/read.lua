-- Reads of the paths in a file, one after the other; a tab and an ETag after a path make it conditional, another tab
-- and a token make it somebody's own.
-- args: file, expected status.
local requests, n = {}, 0

function setup(thread) worker = thread end

function init(args)
  expected = tonumber(args[2])
  for line in io.lines(args[1]) do
    local path, etag, token = line:match("^([^\t]+)\t?([^\t]*)\t?(.*)$")
    local headers = {}
    if etag ~= "" then headers["If-None-Match"] = etag end
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
  good, bad = 0, 0
end

function request()
  n = n % #requests + 1
  return requests[n]
end

function response(status)
  if status == expected then good = good + 1 else bad = bad + 1 end
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.3f good=%d bad=%d p50_us=%d p99_us=%d\n",
    summary.requests, summary.duration / 1e6, worker:get("good"),
    worker:get("bad") + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
