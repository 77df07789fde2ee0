-- For wrk. Without arguments the one request of the command line; with an API key and the id of a user three gets of the
-- shop to each of its posts. What was not answered well is counted by status and body.
local threads = {}
local requests, n = {}, 0

failures = {}

function setup(thread)
	thread:set("number", #threads)
	table.insert(threads, thread)
end

local function mix(key, user)
	local shop = "/api/weixin/wxbuyinguser/"
	local headers = {["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json"}
	local get = wrk.format("GET", shop .. "get?id=" .. user, headers)
	for i = 1, 500 do
		local body = string.format('{"openId":"oLoad%d-%d","name":"%d"}', number, i, i)
		for _, one in ipairs({get, get, get, wrk.format("POST", shop .. "saveuser", headers, body)}) do
			table.insert(requests, one)
		end
	end
end

function init(arguments)
	if arguments[1] then
		mix(arguments[1], arguments[2])
	else
		requests[1] = wrk.format()
	end
end

function request()
	n = n + 1
	return requests[n % #requests + 1]
end

function response(status, headers, body)
	if status ~= 200 or not (body:find('"status":200,', 1, true) or body:find('"openId":', 1, true)) then
		local what = status .. " " .. body
		failures[what] = (failures[what] or 0) + 1
	end
end

function done(summary, latency, requests)
	local errors = summary.errors
	print("requests", summary.requests)
	print("broken", errors.connect + errors.read + errors.write + errors.timeout)
	print("latency", latency:percentile(50), latency:percentile(99), latency.max)
	for _, thread in ipairs(threads) do
		for what, count in pairs(thread:get("failures")) do
			print("failure", count, what)
		end
	end
end
