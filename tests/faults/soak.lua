-- For wrk, with one connection a thread. A thread saves and reads users of its own, again and again, and a person logs in,
-- reads itself by its token, renews it and logs out. Arguments: API-KEY APPID TAG.
--
-- The name of a user is a number, which each save makes greater by one: what is stored in the end is the last that was
-- acknowledged, or a greater one that was tried. Lines of the output are told by soak.py.
local N_USERS, SAVES_EACH = 100, 15
local SHOP = "/api/weixin/wxbuyinguser/"
local threads = {}
local key, app, tag, waiting, code
local openids = {}
local n_shop, n_person = 0, 0

-- What done() gets from each thread; wrk can give no table of tables. The first three are by openid.
tried, saved, ids, failures, wrong, token, n, n_late = {}, {}, {}, {}, {}, "", 0, 0

function setup(thread)
	thread:set("number", #threads)
	table.insert(threads, thread)
end

function init(arguments)
	key, app, tag = arguments[1], arguments[2], arguments[3]
	for i = 1, N_USERS do
		openids[i] = ("osoak%s-%d-%d"):format(tag, number, i)
		tried[openids[i]], saved[openids[i]] = 0, 0
	end
end

-- ---- What is asked. Each returns a request, its dialect, nil if it is the sandbox, and what looks at the answer and
-- returns false if it is a refusal.

local function ask(method, path, credential, body)
	return wrk.format(method, path, {["Authorization"] = "Bearer " .. credential, ["Content-Type"] = "application/json",
		["X-WX-AppId"] = app}, body)
end

local function save(openid)
	local name = tried[openid] + 1

	tried[openid] = name
	return ask("POST", SHOP .. "saveuser", key, ('{"openId":"%s","name":"%d"}'):format(openid, name)), "shop",
		function(body)
			local id = body:match('"data":(%d+),"status":200,')
			if not id then
				return false
			end
			if ids[openid] and ids[openid] ~= id then
				table.insert(wrong, openid .. " has the ids " .. ids[openid] .. " and " .. id)
			end
			ids[openid], saved[openid] = id, name
		end
end

-- What shows the user's name.
local reads = {
	function(_, id)
		return "shop", "GET", SHOP .. "get?id=" .. id
	end,
	function(openid)
		return "shop", "GET", SHOP .. "getbyopenid?openId=" .. openid
	end,
	function(_, id)
		return "shop", "POST", SHOP .. "getlist", "[" .. id .. "]"
	end,
	function(openid)
		return "v1", "POST", "/v1/users/find", '{"openid":"' .. openid .. '"}'
	end,
}

local function read(openid)
	local dialect, method, path, body = reads[n_shop % #reads + 1](openid, ids[openid])

	return ask(method, path, key, body), dialect, function(said)
		local name = tonumber(said:match('"name":"(%d+)"'))
		if not name then
			return false
		end
		if name > tried[openid] then
			table.insert(wrong, openid .. " is " .. name .. " after " .. tried[openid])
		elseif name < saved[openid] then
			n_late = n_late + 1
		end
	end
end

local function ask_shop()
	local openid = openids[math.random(N_USERS)]

	n_shop = n_shop + 1
	if not ids[openid] or n_shop % SAVES_EACH == 0 then
		return save(openid)
	end
	return read(openid)
end

local function take_token(body)
	token = body:match('"access_token":"(.-)"') or ""
	return token ~= ""
end

local function log_in()
	local spent = code

	if not spent then
		local person = ('{"appid":"%s","openid":"osoak%s-%d"}'):format(app, tag, number)
		return ask("POST", "/sandbox/codes", "", person), nil, function(body)
			code = body:match('"code":"(.-)"')
		end
	end
	code = nil
	return ask("POST", "/v1/login", "", '{"code":"' .. spent .. '"}'), "v1", take_token
end

local function ask_person()
	local before = token

	n_person = n_person + 1
	if token == "" then
		return log_in()
	elseif n_person % 500 == 0 then
		token = ""
		return ask("POST", "/v1/logout", before), "v1", function()
		end
	elseif n_person % 100 == 0 then
		token = ""
		return ask("POST", "/v1/token/refresh", before), "v1", take_token
	end
	if n_person % 2 == 0 then
		return ask("GET", "/v1/me", token), "v1", function(body)
			return body:find('"account_id":', 1, true) ~= nil
		end
	end
	return ask("POST", "/v1/introspect", key, '{"token":"' .. token .. '"}'), "v1", function(body)
		return body:find('"active":true', 1, true) ~= nil
	end
end

function request()
	local text, dialect, look

	n = n + 1
	if n % 4 == 0 then
		text, dialect, look = ask_person()
	else
		text, dialect, look = ask_shop()
	end
	waiting = {dialect = dialect, look = look}
	return text
end

function response(status, _, body)
	if (status >= 300 or waiting.look(body) == false) and waiting.dialect then
		local said = body:gsub('"request_id":"%x+"', '"request_id":""')
		local what = table.concat({waiting.dialect, status, (said:gsub("%s", " "))}, "\t")
		failures[what] = (failures[what] or 0) + 1
	end
end

function done(summary)
	local errors = summary.errors
	print("cut", errors.connect + errors.read + errors.write + errors.timeout)
	for _, thread in ipairs(threads) do
		local its = thread:get("saved")
		for openid, name in pairs(thread:get("tried")) do
			print("user", openid, its[openid], name)
		end
		for what, n in pairs(thread:get("failures")) do
			print("failure", n, what)
		end
		for _, what in pairs(thread:get("wrong")) do
			print("wrong", what)
		end
		print("requests", thread:get("n"))
		print("late", thread:get("n_late"))
		print("token", thread:get("token"))
	end
end
