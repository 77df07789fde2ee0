// The client on a scripted platform.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createClient } from "../../clients/miniprogram/index.js";
import { Session } from "../../clients/miniprogram/src/session.js";
import { answerOf, Device, errorOf, gate, problem, Service, URL } from "./device.mjs";

const ME = "/v1/me";
const REFRESH = "/v1/token/refresh";

function start(options) {
    const service = new Service();
    const device = new Device(service.answer);
    const client = createClient({ url: `${URL}/`, platform: device.platform, ...options });
    return { service, device, client };
}

async function startLoggedIn(options) {
    const all = start(options);
    await all.client.login();
    all.device.sent.length = 0;
    return all;
}

async function codesOf(promises) {
    return [...new Set((await Promise.all(promises.map(errorOf))).map((error) => error.code))];
}

function settle() {
    return new Promise((resolve) => setImmediate(resolve));
}

// ---- logging in

test("concurrent callers share one login", async () => {
    const { device, client } = start();
    const logins = await Promise.all(Array.from({ length: 20 }, () => client.login()));
    assert.equal(new Set(logins).size, 1);
    assert.equal(device.nCodes, 1);
    assert.deepEqual(device.sent.map(({ method, path, body }) => [method, path, body]), [["POST", "/v1/login", { code: "code1" }]]);
    assert.equal(device.sent[0].headers["X-WX-AppId"], "wx1");
    assert.deepEqual(device.state, { token: "t1", expires_at: device.time + 7200000, account_id: "a1" });
    assert.equal(client.accountId, "a1");
});

test("a login with options is one of its own", async () => {
    const { device, client } = start();
    const [first, second] = await Promise.all([client.login(), client.login({ phone_code: "p", profile: { name: "n" } })]);
    assert.notEqual(first, second);
    assert.deepEqual(device.sentTo("/v1/login").map(({ body }) => body), [
        { code: "code1" }, { code: "code2", phone_code: "p", profile: { name: "n" } }]);
    await settle();
    assert.deepEqual(device.sentTo("/v1/logout").map(({ token }) => token), ["t1"]);
    assert.equal(device.state.token, "t2");
});

test("a stored login is used again", async () => {
    const { device } = await startLoggedIn();
    const later = createClient({ url: URL, platform: device.platform });
    assert.equal(later.isLoggedIn, true);
    await later.me();
    assert.deepEqual(device.sent.map(({ path, token }) => [path, token]), [[ME, "t1"]]);
});

test("a request waits for a login that is under way", async () => {
    const { service, device, client } = start();
    client.login();
    await client.me();
    assert.deepEqual(device.sent.map(({ path, token }) => [path, token]), [["/v1/login", ""], [ME, "t1"]]);
    await client.logout();
    service.before = ({ path }) => (path === "/v1/login" ? problem(403, "account_disabled") : undefined);
    assert.deepEqual(await codesOf([client.login(), client.me()]), ["account_disabled"]);
});

test("what another program has stored is nobody's login", () => {
    for (const text of ["", "x", "{}", "[object Object]", "1", "null"]) {
        const device = new Device();
        device.stored.set("wxuser", text);
        assert.equal(createClient({ url: URL, platform: device.platform }).isLoggedIn, false);
    }
});

test("a storage that fails keeps nobody from logging in and out", async () => {
    for (const failing of [["set"], ["get", "set", "remove"]]) {
        const { service, device, client } = await startLoggedIn();
        failing.forEach((name) => {
            device.platform.storage[name] = () => {
                throw new Error("storage is full");
            };
        });
        await client.login();
        service.set("expired");
        assert.equal((await client.me()).path, ME);
        device.time += 7200000;
        service.set("expired");
        assert.equal((await client.me()).path, ME);
        assert.deepEqual(device.sentTo(REFRESH).map(({ token }) => token), ["t2", "t3"]);
        await client.logout();
        assert.deepEqual([client.isLoggedIn, device.sent.pop().path], [false, "/v1/logout"]);
    }
});

test("nobody is logged in unasked", async () => {
    const { device, client } = start();
    assert.equal((await errorOf(client.me())).code, "not_logged_in");
    assert.equal((await errorOf(client.token())).code, "not_logged_in");
    assert.equal(device.sent.length, 0);
});

test("a code is sent again after a failure of the network, and a new one if it was spent", async () => {
    const { service, device, client } = start();
    service.before = () => {
        if (device.sent.length === 1) throw new Error("reset");
        return device.sent.length === 2 ? problem(410, "code_spent") : undefined;
    };
    await client.login();
    assert.deepEqual(device.sent.map(({ body }) => body.code), ["code1", "code1", "code2"]);
});

test("a code of the caller's is not sent again after it was spent", async () => {
    const { service, device, client } = start();
    service.before = () => problem(410, "code_spent");
    assert.equal((await errorOf(client.login({ code: "c" }))).code, "code_spent");
    assert.deepEqual(device.sent.map(({ body }) => body.code), ["c"]);
});

test("a login that is refused is no login", async () => {
    for (const [status, code, nSent] of [[403, "account_disabled", 1], [422, "code_invalid", 2], [504, "wechat_silent", 1]]) {
        const { service, device, client } = start();
        service.before = () => problem(status, code);
        assert.equal((await errorOf(client.login())).code, code);
        assert.deepEqual([device.sent.length, client.isLoggedIn, device.state], [nSent, false, null]);
    }
});

test("a failure of wx.login is told", async () => {
    const { device, client } = start();
    device.platform.login = async () => {
        throw "login:fail timeout";
    };
    const error = await errorOf(client.login());
    assert.deepEqual([error.code, error.status, error.reason], ["login_failed", 0, "login:fail timeout"]);
});

test("the languages", async () => {
    for (const [language, text] of [["zh", "请先登录"], ["en", "Log in first"]]) {
        const { device, client } = start({ language });
        assert.equal((await errorOf(client.me())).message, text);
        await client.login();
        assert.equal(device.sent[0].headers["Accept-Language"], language);
    }
});

// ---- the token

test("a hundred parallel 401s are one refresh and no lost request", async () => {
    const { service, device, client } = await startLoggedIn();
    service.set("expired");
    const paths = Array.from({ length: 100 }, (_, i) => `/v1/${i}`);
    const answers = await Promise.all(paths.map((path) => client.request({ path })));
    assert.deepEqual(answers.map((answer) => answer.path), paths);
    assert.equal(device.sentTo(REFRESH).length, 1);
    paths.forEach((path) => assert.deepEqual(device.sentTo(path).map(({ token }) => token), ["t1", "t2"]));
    assert.equal(device.sent.length, 201);
});

test("who comes while the token is renewed waits", async () => {
    const { service, device, client } = await startLoggedIn();
    service.set("expired");
    const renewed = gate();
    service.before = ({ path }) => (path === REFRESH ? renewed.promise : undefined);
    const first = client.me();
    while (device.sentTo(REFRESH).length === 0) await settle();
    const second = client.sessions();
    await settle();
    assert.equal(device.sentTo("/v1/me/sessions").length, 0);
    service.before = () => undefined;
    renewed.open(service.own(device.sentTo(REFRESH)[0]));
    await Promise.all([first, second]);
    assert.deepEqual(device.sentTo("/v1/me/sessions").map(({ token }) => token), ["t2"]);
});

test("a late 401 of the old token makes no second refresh", async () => {
    const { service, device, client } = await startLoggedIn();
    service.set("expired");
    const late = gate();
    service.before = ({ path, token }) => (path === "/v1/late" && token === "t1" ? late.promise : undefined);
    const request = client.request({ path: "/v1/late" });
    await client.me();
    late.open(problem(401, "token_expired"));
    assert.equal((await request).path, "/v1/late");
    assert.equal(device.sentTo(REFRESH).length, 1);
});

test("a token is renewed before it expires", async () => {
    const { device, client } = await startLoggedIn();
    device.time += 7200000 - 6 * 60000;
    await client.me();
    assert.equal(device.sentTo(REFRESH).length, 0);
    device.time += 2 * 60000;
    assert.deepEqual(await Promise.all([client.token(), client.token()]), ["t2", "t2"]);
    assert.deepEqual(device.sent.map(({ path }) => path), [ME, REFRESH]);
});

test("a token that is still valid serves while it cannot be renewed", async () => {
    const { service, device, client } = await startLoggedIn();
    device.time += 7200000 - 60000;
    service.before = ({ path }) => (path === REFRESH ? problem(503, "busy", { "retry-after": "60" }) : undefined);
    await client.me();
    assert.deepEqual(device.sent.map(({ path, token }) => [path, token]), [[REFRESH, "t1"], [ME, "t1"]]);
    device.time += 120000;
    service.before = () => problem(503, "busy", { "retry-after": "60" });
    assert.equal((await errorOf(client.me())).status, 503);
    assert.equal(device.sentTo(ME).length, 1);
});

for (const code of ["token_expired", "token_unknown", "token_revoked"]) {
    test(`a refresh that is refused (${code}) is one silent login`, async () => {
        const { service, device, client } = await startLoggedIn();
        service.set("expired");
        service.before = ({ path }) => (path === REFRESH ? problem(401, code) : undefined);
        const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => client.request({ path: `/v1/${i}` })));
        assert.equal(answers.length, 50);
        assert.deepEqual([device.sentTo(REFRESH).length, device.sentTo("/v1/login").length], [1, 1]);
        assert.equal(device.nCodes, 2);
    });
}

test("a revoked token is not refreshed", async () => {
    const { service, device, client } = await startLoggedIn();
    service.set("revoked");
    await client.me();
    assert.deepEqual(device.sent.map(({ path }) => path).filter((path) => path !== "/v1/logout"), [ME, "/v1/login", ME]);
});

test("tokens that are always refused make no loop", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = ({ path }) => (path.startsWith(ME) ? problem(401, "token_expired") : undefined);
    const errors = await codesOf([client.me(), client.sessions()]);
    assert.deepEqual(errors, ["token_expired"]);
    assert.ok(device.sent.length <= 12, `${device.sent.length} requests`);
});

test("a 401 that is not about the token is the caller's", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = () => problem(401, "credential_missing");
    assert.equal((await errorOf(client.me())).code, "credential_missing");
    assert.equal(device.sent.length, 1);
});

test("a refresh is repeated while the service repeats its answer, and later is a login", async () => {
    const { service, device, client } = await startLoggedIn();
    service.set("expired");
    service.before = ({ path }) => {
        if (path !== REFRESH) return undefined;
        device.time += 5000;
        throw new Error("timeout");
    };
    assert.equal((await errorOf(client.me())).code, "network");
    assert.deepEqual(device.sentTo(REFRESH).map(({ token }) => token), ["t1", "t1"]);
    assert.equal(client.isLoggedIn, true);
    await client.me();
    assert.deepEqual([device.sentTo(REFRESH).length, device.sentTo("/v1/login").length], [2, 1]);
});

test("a login that is refused for good ends the session", async () => {
    const { service, device, client } = await startLoggedIn();
    service.set("revoked");
    service.before = ({ path }) => (path === "/v1/login" ? problem(403, "account_disabled") : undefined);
    assert.deepEqual(await codesOf([client.me(), client.sessions()]), ["account_disabled"]);
    assert.deepEqual([client.isLoggedIn, device.state], [false, null]);
    assert.equal((await errorOf(client.me())).code, "not_logged_in");
});

const PASSING = {
    network: () => {
        throw new Error("offline");
    },
    too_often: () => problem(429, "too_often", { "retry-after": "60" }),
    busy: () => problem(503, "busy"),
};

for (const [code, fail] of Object.entries(PASSING)) {
    test(`a login that fails for the moment (${code}) does not end the session`, async () => {
        const { service, device, client } = await startLoggedIn();
        service.set("revoked");
        service.before = ({ path }) => (path === "/v1/login" ? fail() : undefined);
        assert.equal((await errorOf(client.me())).code, code);
        service.before = () => undefined;
        await client.me();
        assert.equal(device.state.account_id, "a1");
    });
}

test("another page's token is adopted", async () => {
    const { service, device, client } = await startLoggedIn();
    const other = createClient({ url: URL, platform: device.platform });
    service.set("expired");
    await other.me();
    await client.me();
    assert.equal(device.sentTo(REFRESH).length, 1);
});

test("another page's person takes over", async () => {
    const { service, device, client } = await startLoggedIn();
    device.stored.set("wxuser", JSON.stringify({ ...service.give("a2"), token: "t2", expires_at: device.time + 7200000, account_id: "a2" }));
    service.tokens.get("t1").state = "expired";
    assert.equal((await errorOf(client.me())).code, "other_user");
    assert.deepEqual([client.accountId, await client.me()], ["a2", { account: "a2", path: ME }]);
    assert.equal(device.sentTo(REFRESH).length, 0);
});

// ---- sending again

const TRANSFERS = [
    ["GET", (client) => client.me(), 3],
    ["PUT", (client) => client.saveMember({}), 3],
    ["DELETE", (client) => client.removeMember(), 3],
    ["the profile", (client) => client.saveProfile({}), 3],
    ["the phone button", (client) => client.confirmPhone({ detail: { code: "p" } }), 3],
    ["an SMS", (client) => client.sendSmsCode("1"), 1],
    ["the code of an SMS", (client) => client.confirmSms("1", "2"), 3],
    ["a consent", (client) => client.consent("privacy", "1"), 3],
    ["an export", (client) => client.exportData(), 1],
    ["an erasure", (client) => client.erase(), 1],
    ["a POST", (client) => client.request({ method: "POST", path: "/v1/x" }), 1],
    ["an upload", (client) => client.upload({ url: "https://shop.example.com/avatar", filePath: "wxfile://a" }), 1],
];

for (const [what, send, most] of TRANSFERS) {
    test(`${what} whose outcome is unknown is sent ${most === 1 ? "once" : "again"}`, async () => {
        const { service, device, client } = await startLoggedIn();
        service.before = () => {
            throw new Error("reset");
        };
        assert.equal((await errorOf(send(client))).code, "network");
        assert.equal(device.sent.length, most);
        device.sent.length = 0;
        service.before = () => problem(503, "busy");
        assert.equal((await errorOf(send(client))).code, "busy");
        assert.equal(device.sent.length, most);
    });

    test(`${what} is sent again after 429`, async () => {
        const { service, device, client } = await startLoggedIn();
        service.before = () => (device.sent.length === 1 ? problem(429, "too_often", { "retry-after": "3" }) : undefined);
        await send(client);
        assert.equal(device.sent.length, 2);
        assert.ok(device.waits[0] >= 3000 && device.waits[0] < 3500, device.waits);
    });

    test(`${what} is sent again with a new token`, async () => {
        const { service, device, client } = await startLoggedIn();
        service.set("expired");
        await send(client);
        assert.equal(device.sent.length, 3);
        assert.deepEqual(device.sent[0].body, device.sent[2].body);
    });
}

test("a long Retry-After is the caller's", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = () => problem(429, "too_often", { "retry-after": "60" });
    const error = await errorOf(client.sendSmsCode("1"));
    assert.deepEqual([error.code, error.retryAfter, device.sent.length, device.waits], ["too_often", 60, 1, []]);
});

test("not all that wait come back at the same moment", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = () => problem(429, "too_often", { "retry-after": "5" });
    await codesOf(Array.from({ length: 20 }, () => client.me()));
    assert.ok(new Set(device.waits).size > 10);
    device.waits.forEach((wait) => assert.ok(wait >= 5000 && wait < 5500, `${wait}`));
});

test("which failures are repeated", async () => {
    for (const [status, nSent] of [[400, 1], [404, 1], [500, 1], [502, 3], [503, 3], [504, 3]]) {
        const { service, device, client } = await startLoggedIn();
        service.before = () => ({ status, headers: {}, body: "<html>" });
        assert.equal((await errorOf(client.me())).code, `http_${status}`);
        assert.equal(device.sent.length, nSent, `${status}`);
    }
});

test("a phone code is not repeated after a wait that its minute does not allow", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = () => {
        device.time += 45000;
        return problem(503, "busy", { "retry-after": "6" });
    };
    await errorOf(client.confirmPhone({ detail: { code: "p" } }));
    assert.equal(device.sent.length, 1);
});

test("a phone code is not repeated after its minute", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = () => {
        device.time += 55000;
        throw new Error("timeout");
    };
    await errorOf(client.confirmPhone({ detail: { code: "p" } }));
    assert.equal(device.sent.length, 1);
});

test("what WeChat failed at is not repeated", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = () => problem(504, "wechat_silent");
    await errorOf(client.confirmPhone({ detail: { code: "p" } }));
    assert.equal(device.sent.length, 1);
});

// ---- one person at a time

test("logout ends what is under way", async () => {
    const { service, device, client } = await startLoggedIn();
    service.set("expired");
    const never = new Promise(() => {});
    service.before = ({ path }) => (path === REFRESH || path === "/v1/slow" ? never : undefined);
    const requests = Array.from({ length: 50 }, (_, i) => client.request({ path: `/v1/${i}` }));
    const slow = client.request({ method: "POST", path: "/v1/slow" });
    while (device.sentTo(REFRESH).length === 0) await settle();
    const codes = codesOf([...requests, slow]);
    await client.logout();
    assert.deepEqual(await codes, ["logged_out"]);
    assert.deepEqual(device.sent.at(-1).path, "/v1/logout");
    assert.equal(device.sent.length, 53);
    assert.equal(device.nAborted, 2);
    assert.deepEqual([client.isLoggedIn, device.state], [false, null]);
    assert.equal(service.tokens.get("t1").state, "revoked");
});

test("nothing is sent after logout", async () => {
    const { device, client } = await startLoggedIn();
    const codes = codesOf([client.me(), client.exportData()]);
    await client.logout();
    assert.deepEqual(await codes, ["logged_out"]);
    assert.deepEqual([device.sent.map(({ path }) => path), device.nAborted], [["/v1/logout"], 0]);
});

test("logout ends a login that is under way, and one that waits behind it", async () => {
    const { service, device, client } = start();
    const answered = gate();
    service.before = () => answered.promise;
    const logins = [client.login(), client.login({ phone_code: "p" })];
    const codes = codesOf(logins);
    while (device.sent.length === 0) await settle();
    await client.logout();
    assert.deepEqual(await codes, ["logged_out"]);
    answered.open(service.own(device.sent[0]));
    await settle();
    assert.deepEqual([device.sent.length, client.isLoggedIn, device.state], [1, false, null]);
});

test("logout is told when the service could not be", async () => {
    const { service, client } = await startLoggedIn();
    service.before = () => {
        throw new Error("offline");
    };
    assert.equal((await errorOf(client.logout())).code, "network");
    assert.equal(client.isLoggedIn, false);
});

test("another person does not get the former's queue", async () => {
    const { service, device, client } = await startLoggedIn();
    service.set("revoked");
    service.accountOfCode = () => "a2";
    assert.deepEqual(await codesOf([client.me(), client.request({ method: "POST", path: "/v1/pay" })]), ["other_user"]);
    assert.deepEqual(device.sentTo("/v1/pay").map(({ token }) => token), ["t1"]);
    assert.deepEqual(await client.me(), { account: "a2", path: ME });
});

test("a person who logs in over another ends that one's requests", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = ({ path }) => (path === "/v1/slow" ? new Promise(() => {}) : undefined);
    const slow = client.request({ path: "/v1/slow" });
    await settle();
    service.accountOfCode = () => "a2";
    const code = codesOf([slow]);
    await client.login({ code: "of a2" });
    assert.deepEqual(await code, ["other_user"]);
    await settle();
    assert.equal(service.tokens.get("t1").state, "revoked");
    assert.equal(device.state.account_id, "a2");
});

test("a merged account is the same person", async () => {
    const { service, client } = await startLoggedIn();
    service.set("revoked");
    service.accountOfCode = () => "a2";
    service.previous = ["a1"];
    assert.deepEqual(await client.me(), { account: "a2", path: ME });
    assert.equal(client.accountId, "a2");
});

test("nothing waits for a session that has ended", async () => {
    const session = new Session(null);
    let nAborted = 0;
    session.end(new Error("over"));
    assert.equal((await errorOf(session.until(new Promise(() => {}), () => nAborted++))).message, "over");
    assert.equal(nAborted, 1);
});

// ---- the account

test("an erasure takes a fresh code and ends the session", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = ({ path }) => (path === "/v1/me/erase" ? answerOf(202, { receipt: 7, erases_at: "x" }) : undefined);
    assert.deepEqual(await client.erase(), { receipt: 7, erases_at: "x" });
    assert.deepEqual(device.sent.map(({ path, body }) => [path, body]), [["/v1/me/erase", { code: "code2" }]]);
    assert.deepEqual([client.isLoggedIn, device.state], [false, null]);
});

test("a fresh code is asked for when the token is sure", async () => {
    const { service, device, client } = await startLoggedIn();
    device.time += 8000000;
    const nCodes = [];
    service.before = () => void nCodes.push(device.nCodes);
    await client.exportData();
    assert.deepEqual(nCodes, [1, 2]);
});

test("who may be erased is not logged in again unasked", async () => {
    for (const fail of [PASSING.network, PASSING.busy]) {
        const { service, device, client } = await startLoggedIn();
        service.before = ({ path }) => (path === "/v1/me/erase" ? fail() : undefined);
        await errorOf(client.erase());
        const later = createClient({ url: URL, platform: device.platform });
        await later.me();
        service.tokens.clear();
        assert.equal((await errorOf(later.me())).code, "not_logged_in");
        assert.deepEqual([device.sentTo("/v1/login").length, later.isLoggedIn], [0, false]);
    }
});

test("an erasure that is refused changes nothing", async () => {
    const { service, device, client } = await startLoggedIn();
    service.before = ({ path }) => (path === "/v1/me/erase" ? problem(410, "code_spent") : undefined);
    assert.equal((await errorOf(client.erase())).code, "code_spent");
    service.tokens.clear();
    await client.me();
    assert.equal(device.sentTo("/v1/login").length, 1);
});

test("a closed account is reopened with the code that was refused", async () => {
    const { service, device, client } = start();
    service.before = ({ body }) => (body.reopen ? undefined : problem(403, "account_closed", {}, { erases_at: "x" }));
    assert.equal((await errorOf(client.login())).problem.erases_at, "x");
    await client.reopen();
    assert.deepEqual(device.sent.map(({ body }) => body), [{ code: "code1" }, { code: "code1", reopen: true }]);
    assert.equal(client.isLoggedIn, true);
});

test("after a minute the account is reopened with a new code", async () => {
    const { service, device, client } = start();
    service.before = ({ body }) => (body.reopen ? undefined : problem(403, "account_closed"));
    await errorOf(client.login());
    device.time += 60000;
    await client.reopen();
    assert.deepEqual(device.sent.map(({ body }) => body), [{ code: "code1" }, { code: "code2", reopen: true }]);
});

test("a phone that was declined", async () => {
    const { device, client } = await startLoggedIn();
    const error = await errorOf(client.confirmPhone({ detail: { errMsg: "getPhoneNumber:fail user deny" } }));
    assert.deepEqual([error.code, error.reason], ["phone_declined", "getPhoneNumber:fail user deny"]);
    assert.equal(device.sent.length, 0);
});

// ---- errors and requests as they are sent

test("a problem document is an error", async () => {
    const { service, client } = await startLoggedIn();
    const errors = [{ pointer: "/profile/name", code: "value", detail: "d" }];
    service.before = () => problem(422, "value", {}, { errors });
    const error = await errorOf(client.saveProfile({ name: "" }));
    assert.ok(error instanceof Error);
    assert.deepEqual({ ...error, problem: null }, {
        name: "WxuserError", code: "value", status: 422, detail: "detail of value", requestId: "r1", errors, retryAfter: null,
        problem: null });
    assert.equal(error.message, "title of value");
});

test("a web server's own refusal is an error", async () => {
    const { service, client } = await startLoggedIn();
    for (const [status, body] of [[413, "<html>"], [404, "null"], [500, ""]]) {
        service.before = () => ({ status, headers: { "x-request-id": "r2" }, body });
        const error = await errorOf(client.me());
        assert.deepEqual([error.code, error.status, error.requestId], [`http_${status}`, status, "r2"]);
    }
    service.before = () => ({ status: 200, headers: {}, body: "<html>" });
    assert.equal((await errorOf(client.me())).code, "unreadable_answer");
});

test("a login or a renewal of another shape is an error", async () => {
    const token = { access_token: "t9", expires_in: 7200 };
    const shapes = [undefined, null, 7, "token", [], {}, { ...token, access_token: 9 }, { ...token, expires_in: "7200" }];
    const logins = [token, { ...token, account: null }, { ...token, account: { account_id: "a1" } }];
    for (const shape of [...shapes, ...logins]) {
        const { service, device, client } = start();
        service.before = () => answerOf(200, shape, { "x-request-id": "r3" });
        const error = await errorOf(client.login());
        assert.deepEqual([error.name, error.code, error.status, error.requestId], ["WxuserError", "unreadable_answer", 200, "r3"]);
        assert.deepEqual([client.isLoggedIn, device.state], [false, null]);
    }
    for (const shape of shapes) {
        const { service, device, client } = await startLoggedIn();
        service.set("expired");
        service.before = ({ path }) => (path === REFRESH ? answerOf(200, shape) : undefined);
        assert.equal((await errorOf(client.me())).code, "unreadable_answer");
        assert.deepEqual([client.isLoggedIn, device.state.token], [true, "t1"]);
    }
});

test("what each function sends", async () => {
    const { device, client } = await startLoggedIn();
    const calls = [
        [client.me(), "GET", "/v1/me"],
        [client.saveProfile({ name: "n" }), "POST", "/v1/me", { profile: { name: "n" } }],
        [client.confirmPhone({ detail: { code: "c" } }), "POST", "/v1/me/phone/wechat", { code: "c" }],
        [client.sendSmsCode("1"), "POST", "/v1/me/phone/sms-codes", { phone: "1" }],
        [client.confirmSms("1", "2"), "POST", "/v1/me/phone/sms", { phone: "1", code: "2" }],
        [client.removePhone(), "DELETE", "/v1/me/phone"],
        [client.saveMember({ name: "n" }), "PUT", "/v1/me/member", { name: "n" }],
        [client.removeMember(), "DELETE", "/v1/me/member"],
        [client.sessions(), "GET", "/v1/me/sessions"],
        [client.endSession("a/b"), "DELETE", "/v1/me/sessions/a%2Fb"],
        [client.consent("privacy", "1"), "POST", "/v1/me/consents", { document: "privacy", version: "1" }],
    ];
    await Promise.all(calls.map(([promise]) => promise));
    calls.forEach(([, method, path, body]) => {
        const sent = device.sent.filter((request) => request.path === path && request.method === method);
        assert.deepEqual(sent.map((request) => request.body), [body], path);
        assert.equal(sent[0].headers["Content-Type"], body && "application/json");
    });
    assert.equal(device.sent.length, calls.length);
});

test("an upload goes to the tenant's server", async () => {
    const { device, client } = await startLoggedIn();
    const url = "https://shop.example.com/avatar";
    await client.upload({ url, filePath: "wxfile://a", formData: { kind: "avatar" } });
    const [{ url: sent, filePath, name, formData, token }] = device.sent;
    assert.deepEqual([sent, filePath, name, formData, token], [url, "wxfile://a", "file", { kind: "avatar" }, "t1"]);
});

// ---- all at once

test("whatever fails, each request is answered and none is sent for ever", async () => {
    for (let seed = 1; seed <= 40; seed++) {
        const { service, device, client } = await startLoggedIn();
        let random = seed;
        const next = (n) => {
            random = (random * 1103515245 + 12345) % 2147483648;
            return Math.floor(random / 65536) % n;
        };
        service.before = () => {
            const fate = next(20);
            if (fate === 0) throw new Error("reset");
            if (fate === 1) return problem(503, "busy", { "retry-after": "1" });
            if (fate === 2) return problem(429, "too_often");
            if (fate === 3) service.set("expired");
            if (fate === 4 && next(4) === 0) service.set("revoked");
            return undefined;
        };
        const requests = Array.from({ length: 100 }, (_, i) => client.request({ path: `/v1/${i}` }));
        const results = await Promise.allSettled(requests);
        results.forEach(({ status, value, reason }, i) => {
            if (status === "fulfilled") assert.equal(value.path, `/v1/${i}`);
            else assert.equal(reason.name, "WxuserError");
            assert.ok(device.sentTo(`/v1/${i}`).length <= 9);
        });
    }
});

test("the sample has each function of the client", () => {
    const read = (path) => readFileSync(new globalThis.URL(`../../clients/miniprogram/${path}`, import.meta.url), "utf8");
    const bundle = read("sample/wxuser/index.js");
    for (const name of ["errors", "exchange", "session", "client", "platform"]) {
        const source = read(`src/${name}.js`).replace(/^import .*\n/gm, "").replace(/^export /gm, "");
        source.split(/^}\n/m).forEach((part) => assert.ok(bundle.includes(part.trim()), `${name}.js: ${part}`));
    }
});
