-- For wrk: three gets of the shop to each of its posts; arguments: an API key, and the id of a user to get. What was not
-- answered well is counted by status and body.
local threads = {}
local gets, posts, n = {}, {}, 0

failures = {}

function setup(thread)
	thread:set("number", #threads)
	table.insert(threads, thread)
end

function init(arguments)
	local shop = "/api/weixin/wxbuyinguser/"
	local headers = {
		["Authorization"] = "Bearer " .. arguments[1],
		["Content-Type"] = "application/json",
	}
	gets[1] = wrk.format("GET", shop .. "get?id=" .. arguments[2], headers)
	for i = 1, 500 do
		local body = string.format('{"openId":"oLoad%d-%d","name":"%d"}', number, i, i)
		posts[i] = wrk.format("POST", shop .. "saveuser", headers, body)
	end
end

function request()
	n = n + 1
	return n % 4 == 0 and posts[n / 4 % 500 + 1] or gets[1]
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
