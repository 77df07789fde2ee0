// What the platform of wx and uni makes of their callbacks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { uniPlatform, wxPlatform } from "../../clients/miniprogram/index.js";

// Functions that answer as told and remember with what they were called.
function apiOf(outcomes, more) {
    const called = [];
    const api = { called, ...more };
    for (const [name, outcome] of Object.entries(outcomes)) {
        api[name] = ({ success, fail, ...options }) => {
            called.push([name, options]);
            if (outcome.errMsg) fail(outcome);
            else success(outcome);
            return { abort: () => called.push(["abort"]) };
        };
    }
    return api;
}

const REQUEST = { url: "https://a", method: "POST", headers: { A: "1" }, body: "{}", timeout: 7 };

test("a request and its answer", async () => {
    const api = apiOf({ request: { statusCode: 200, header: { "X-Request-ID": "r", "Retry-After": 5 }, data: "{}" } });
    const transfer = wxPlatform(api).request(REQUEST);
    assert.deepEqual(await transfer.answer, { status: 200, headers: { "x-request-id": "r", "retry-after": "5" }, body: "{}" });
    transfer.abort();
    assert.deepEqual(api.called, [
        ["request", { url: "https://a", method: "POST", header: { A: "1" }, data: "{}", timeout: 7, dataType: "text", responseType: "text" }],
        ["abort"],
    ]);
});

test("what a body is", async () => {
    const api = apiOf({ request: { statusCode: 200, header: undefined, data: { a: 1 } } });
    const platform = wxPlatform(api);
    assert.equal((await platform.request(REQUEST).answer).body, '{"a":1}');
    await platform.request({ ...REQUEST, body: undefined }).answer;
    await platform.request({ ...REQUEST, method: "GET", body: undefined }).answer;
    assert.deepEqual(api.called.map(([, options]) => [options.data, "data" in options]), [["{}", true], ["", true], [undefined, false]]);
});

test("a failure tells why", async () => {
    const api = apiOf({ request: { errMsg: "request:fail timeout" }, login: { errMsg: "login:fail" } });
    assert.equal(await wxPlatform(api).request(REQUEST).answer.catch((reason) => reason), "request:fail timeout");
    assert.equal(await wxPlatform(api).login().catch((reason) => reason), "login:fail");
});

test("an upload", async () => {
    const api = apiOf({ uploadFile: { statusCode: 200, header: {}, data: "x" } });
    const answer = await uniPlatform(api).upload({ ...REQUEST, body: undefined, filePath: "f", name: "n", formData: { a: "b" } }).answer;
    assert.equal(answer.body, "x");
    assert.deepEqual(api.called, [
        ["uploadFile", { url: "https://a", header: { A: "1" }, filePath: "f", name: "n", formData: { a: "b" }, timeout: 7 }]]);
});

test("a code", async () => {
    const api = apiOf({ login: { code: "c" } });
    assert.deepEqual([await wxPlatform(api).login(), await uniPlatform(api).login()], ["c", "c"]);
    assert.deepEqual(api.called, [["login", {}], ["login", { provider: "weixin", onlyAuthorize: true }]]);
});

test("which app it is", () => {
    const accountOf = (account) => wxPlatform({ getAccountInfoSync: () => account }).appid;
    assert.deepEqual([accountOf({ miniProgram: { appId: "wx1" } }), accountOf({}), wxPlatform({}).appid], ["wx1", undefined, undefined]);
});

test("the store", () => {
    const stored = {};
    const { storage } = wxPlatform({
        getStorageSync: (key) => stored[key] ?? "",
        setStorageSync: (key, value) => {
            stored[key] = value;
        },
        removeStorageSync: (key) => delete stored[key],
    });
    assert.equal(storage.get("k"), null);
    storage.set("k", "v");
    assert.equal(storage.get("k"), "v");
    storage.remove("k");
    assert.equal(storage.get("k"), null);
});
