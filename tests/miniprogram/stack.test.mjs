// The client against a running stack. WXUSER_URL, WXUSER_APP_ID, WXUSER_API_KEY: as the quick start's env tells;
// UNIQUE: a text that no other run has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, wxPlatform } from "../../clients/miniprogram/index.js";
import { errorOf } from "./device.mjs";
import { Wx } from "./wx.mjs";

const { WXUSER_URL, WXUSER_API_KEY, UNIQUE, PHONE } = process.env;

let nPeople = 0;

function start(more) {
    const wx = new Wx({ openid: `o${UNIQUE}-${nPeople++}`, ...more });
    return { wx, client: createClient({ url: WXUSER_URL, platform: wxPlatform(wx), language: "en" }) };
}

async function startLoggedIn(more) {
    const all = start(more);
    await all.client.login();
    all.wx.sent.length = 0;
    return all;
}

function post(path, token) {
    return fetch(WXUSER_URL + path, { method: "POST", headers: { Authorization: `Bearer ${token}` } });
}

// The client's token gets 401 token_expired from now on.
async function renewElsewhere(client) {
    assert.equal((await post("/v1/token/refresh", await client.token())).status, 200);
}

async function revokeElsewhere(client) {
    assert.equal((await post("/v1/logout", await client.token())).status, 204);
}

test("a login, and who it is", async () => {
    const { wx, client } = start();
    const logins = await Promise.all(Array.from({ length: 10 }, () => client.login()));
    assert.equal(new Set(logins.map((login) => login.access_token)).size, 1);
    assert.deepEqual(wx.sent, ["POST /v1/login"]);
    assert.equal(logins[0].is_new, true);
    const person = await client.me();
    assert.deepEqual(person, logins[0].account);
    assert.equal(person.user.openid, wx.user.openid);
    assert.equal(client.accountId, person.account_id);
});

test("a profile", async () => {
    const { client } = await startLoggedIn();
    const { profile } = await client.saveProfile({ name: "小明", avatar: "https://cdn.example.com/1.png" });
    assert.deepEqual([profile.name, profile.avatar], ["小明", "https://cdn.example.com/1.png"]);
    assert.equal((await client.saveProfile({ name: null })).profile.name, null);
    const error = await errorOf(client.saveProfile({ name: "微信用户", avatar: "wxfile://tmp_1.png" }));
    assert.deepEqual([error.status, error.code], [422, "value"]);
    assert.deepEqual(error.errors.map(({ pointer }) => pointer), ["/profile/name", "/profile/avatar"]);
    assert.ok(error.requestId && error.detail && error.message);
});

test("a login with a profile and a phone code", async () => {
    const { wx, client } = start();
    const event = await wx.phoneEvent(`${PHONE}0`);
    const { account, phone_error: error } = await client.login({ profile: { name: "小红" }, phone_code: event.detail.code });
    assert.equal(error ?? null, null);
    assert.deepEqual([account.profile.name, account.phone.number, account.phone.is_confirmed], ["小红", `${PHONE}0`, true]);
});

test("a hundred parallel 401s are one refresh and no lost request", async () => {
    const { wx, client } = await startLoggedIn();
    await renewElsewhere(client);
    const people = await Promise.all(Array.from({ length: 100 }, () => client.me()));
    assert.deepEqual([...new Set(people.map(({ user }) => user.openid))], [wx.user.openid]);
    assert.equal(wx.sent.filter((path) => path === "POST /v1/token/refresh").length, 1);
    assert.equal(wx.sent.filter((path) => path === "POST /v1/login").length, 0);
});

test("a login that was ended elsewhere is one silent login", async () => {
    const { wx, client } = await startLoggedIn();
    await revokeElsewhere(client);
    const people = await Promise.all(Array.from({ length: 20 }, () => client.me()));
    assert.equal(people.length, 20);
    assert.equal(wx.sent.filter((path) => path === "POST /v1/login").length, 1);
    assert.equal((await client.sessions()).length, 1);
});

test("logout ends what is under way, and the login at the service", async () => {
    const { client } = await startLoggedIn();
    const token = await client.token();
    const request = errorOf(client.me());
    await client.logout();
    assert.equal((await request).code, "logged_out");
    const answer = await fetch(`${WXUSER_URL}/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
    assert.deepEqual([answer.status, (await answer.json()).code], [401, "token_revoked"]);
    assert.equal((await errorOf(client.me())).code, "not_logged_in");
});

test("the next person on the device does not get the former's queue", async () => {
    const { wx, client } = await startLoggedIn();
    await revokeElsewhere(client);
    wx.user = { openid: `${wx.user.openid}-b` };
    assert.equal((await errorOf(client.saveProfile({ name: "former" }))).code, "other_user");
    const person = await client.me();
    assert.deepEqual([person.user.openid, person.profile.name], [wx.user.openid, null]);
});

test("sessions", async () => {
    const { wx, client } = await startLoggedIn();
    const other = createClient({ url: WXUSER_URL, platform: wxPlatform(new Wx(wx.user)) });
    await other.login();
    const sessions = await client.sessions();
    assert.deepEqual(sessions.map((session) => session.is_current).sort(), [false, true]);
    await client.endSession(sessions.find((session) => !session.is_current).id);
    assert.equal((await client.sessions()).length, 1);
});

test("the phone button, and a member of that phone", async () => {
    const { wx, client } = await startLoggedIn();
    assert.equal((await errorOf(client.saveMember({ name: "张三" }))).status, 404);
    const event = await wx.phoneEvent(`${PHONE}1`);
    await client.confirmPhone(event);
    const { phone } = await client.me();
    assert.deepEqual([phone.number, phone.is_confirmed], [`${PHONE}1`, true]);
    await client.confirmPhone(event);
    assert.equal((await errorOf(client.confirmPhone({ detail: { code: "unknown" } }))).code, "code_invalid");
    assert.equal((await client.saveMember({ name: "张三", sex: 1, birthday: "1990-05-01" })).member.name, "张三");
    assert.equal(await client.removeMember(), undefined);
    assert.equal((await client.me()).member, null);
    assert.equal(await client.removePhone(), undefined);
    assert.equal((await client.me()).phone?.is_confirmed ?? false, false);
});

test("a code by SMS", async () => {
    const { client } = await startLoggedIn();
    assert.equal(await client.sendSmsCode(`${PHONE}2`), undefined);
    const messages = await (await fetch(`${WXUSER_URL}/sandbox/sms?phone=${PHONE}2`)).json();
    await client.confirmSms(`${PHONE}2`, messages.at(-1).code);
    assert.equal((await client.me()).phone.is_confirmed, true);
    const error = await errorOf(client.sendSmsCode(`${PHONE}2`));
    assert.equal(error.code, "too_often");
    assert.ok(error.retryAfter > 10, error.retryAfter);
});

test("a consent is in the export", async () => {
    const { client } = await startLoggedIn();
    assert.equal((await client.consent("privacy", "2026-01-01")).version, "2026-01-01");
    assert.match(JSON.stringify(await client.exportData()), /2026-01-01/);
    assert.equal((await errorOf(client.exportData())).code, "too_often");
});

test("an erasure", async () => {
    const { client } = await startLoggedIn();
    const token = await client.token();
    const receipt = await client.erase();
    assert.ok(receipt.receipt && receipt.erased_at);
    assert.equal(client.isLoggedIn, false);
    assert.equal((await post("/v1/token/refresh", token)).status, 401);
    assert.equal((await client.login()).is_new, true);
});

test("the tenant's server asks whose the token is", async () => {
    const { wx, client } = await startLoggedIn();
    const answer = await fetch(`${WXUSER_URL}/v1/introspect`, {
        method: "POST", headers: { Authorization: `Bearer ${WXUSER_API_KEY}` },
        body: new URLSearchParams({ token: await client.token() }),
    });
    const told = await answer.json();
    assert.deepEqual([told.active, told.openid], [true, wx.user.openid]);
});
