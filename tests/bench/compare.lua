-- For wrk: endless requests of one kind, the same for wxuser and its peers. Arguments: KIND TAG FIRST-ID LAST-ID API-KEY
-- APPID THREADS. Users have the openids oBench1 to oBenchN. What is not answered well is counted.
local shop, login = "/api/weixin/wxbuyinguser/", "/account_api/wechat/user/getUserInfo"
local KNOWN = 2000
local threads = {}

function setup(thread)
	thread:set("number", #threads)
	table.insert(threads, thread)
end

n, n_bad = 0, 0

local kinds = {}

function kinds.get(random_id)
	return wrk.format("GET", shop .. "get?id=" .. random_id())
end

function kinds.getlist(random_id)
	local ids = {}
	for i = 1, 20 do
		ids[i] = random_id()
	end
	return wrk.format("POST", shop .. "getlist", nil, "[" .. table.concat(ids, ",") .. "]")
end

local function save(i, name)
	local body = '{"openId":"oBench%d","name":"%s","profile":"https://example.com/%d.png","phone":"138%08d"}'
	return wrk.format("POST", shop .. "saveuser", nil, body:format(i, name, i, i))
end

function kinds.saveuser(random_id, tag, first)
	return save(random_id() - first + 1, "n" .. tag .. n)
end

-- Each thread saves its share again and again, since wrk throws a request away.
function kinds.fill(_, _, first, last, n_threads)
	local i = first + (number + (n - 1) * n_threads) % (last - first + 1)
	return save(i, "user" .. i)
end

local function log_in(code)
	return wrk.format("POST", login, nil, '{"code":"' .. code .. '"}')
end

function kinds.login_new(_, tag)
	return log_in(("new%s-%d-%d"):format(tag, number, n))
end

-- The same user does not come again before all others.
function kinds.login_known(_, tag, _, _, n_threads)
	return log_in(("known%s-%d-%d-uKnown%d"):format(tag, number, n, (n * n_threads + number) % KNOWN))
end

function kinds.login_hang(_, tag)
	return log_in(("hang%s-%d-%d"):format(tag, number, n))
end

local good = {saveuser = '"status":200', fill = '"status":200', login_new = '"code":200', login_known = '"code":200',
	login_hang = '"code":200'}

function init(arguments)
	local kind, tag, key, app = arguments[1], arguments[2], arguments[5], arguments[6]
	local first, last = tonumber(arguments[3]), tonumber(arguments[4])
	local n_threads = tonumber(arguments[7])
	local make, expected = kinds[kind], good[kind]
	local function random_id()
		return math.random(first, last)
	end

	math.randomseed(os.time() * 64 + number)
	wrk.headers["Authorization"] = "Bearer " .. key
	wrk.headers["X-WX-AppId"] = app
	wrk.headers["Content-Type"] = "application/json"
	function request()
		n = n + 1
		return make(random_id, tag, first, last, n_threads)
	end
	if not expected then
		return
	end
	function response(status, headers, body)
		if status ~= 200 or not body:find(expected, 1, true) then
			n_bad = n_bad + 1
		end
	end
end

function done(summary, latency)
	local errors, bad = summary.errors, 0
	for _, thread in ipairs(threads) do
		bad = bad + thread:get("n_bad")
	end
	print("requests", summary.requests)
	print("duration_us", summary.duration)
	print("bad", bad + errors.connect + errors.read + errors.write + errors.timeout + errors.status)
	print("p50_us", latency:percentile(50))
	print("p99_us", latency:percentile(99))
end
