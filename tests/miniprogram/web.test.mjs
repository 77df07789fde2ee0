// The client of web pages, in a page that is a script.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createWebClient } from "../../clients/miniprogram/web.js";
import { errorOf, Service, URL as SERVICE } from "./device.mjs";
import { Tab } from "./tab.mjs";

class Browser extends Tab {
    constructor() {
        super((url, options) => this.answer(url, options));
        this.service = new Service();
    }

    async answer(url, { method, headers, body, signal }) {
        this.last = { url, method, headers, body, signal };
        const token = (headers.Authorization || "").replace("Bearer ", "");
        const json = typeof body === "string" ? JSON.parse(body) : body;
        const aborted = new Promise((resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
        });
        const own = this.service.answer({ path: url.replace(SERVICE, ""), method, token, body: json });
        const answer = await Promise.race([own, aborted]);
        return new Response(answer.status === 204 ? null : answer.body, { status: answer.status, headers: answer.headers });
    }

    open(href, options) {
        this.visit(href);
        return createWebClient({ url: SERVICE, appid: "wx2", page: this, ...options });
    }

    openAgain(change, options) {
        this.comeBack("c1", change);
        return this.open(this.location.href, options);
    }
}

const PAGE = "https://h5.example.com/shop?item=7&list=a%20b&scode#top";

test("a page logs in", async () => {
    const tab = new Browser();
    const client = tab.open(PAGE);
    assert.deepEqual([client.isLoggedIn, client.returnedFrom], [false, null]);
    assert.equal((await errorOf(client.login())).code, "not_logged_in");
    client.authorize();
    assert.equal(tab.left.origin + tab.left.pathname + tab.left.hash,
        "https://open.weixin.qq.com/connect/oauth2/authorize#wechat_redirect");
    const query = Object.fromEntries(tab.left.searchParams);
    assert.match(query.state, /^[0-9a-f]{32}$/);
    assert.deepEqual({ ...query, state: "" }, {
        appid: "wx2", redirect_uri: PAGE, response_type: "code", scope: "snsapi_base", state: "" });

    const back = tab.openAgain();
    assert.equal(back.returnedFrom, "login");
    assert.equal(tab.location.href, PAGE);
    await back.login();
    assert.deepEqual(tab.hrefs, [PAGE]);
    assert.deepEqual([tab.last.url, tab.last.headers["X-WX-AppId"]], [`${SERVICE}/v1/login`, "wx2"]);
    assert.deepEqual(JSON.parse(tab.last.body), { code: "c1" });
    assert.equal((await back.me()).account, "a1");
    assert.equal(tab.open(PAGE).isLoggedIn, true);
});

test("each state is a new one", () => {
    const tab = new Browser();
    const states = Array.from({ length: 100 }, () => {
        tab.open(PAGE).authorize();
        return tab.left.searchParams.get("state");
    });
    assert.equal(new Set(states).size, 100);
});

const FORGED = {
    "another state": (query) => query.set("state", "0".repeat(32)),
    "an empty state": (query) => query.set("state", ""),
    "no state": (query) => query.delete("state"),
};

for (const [what, change] of Object.entries(FORGED)) {
    test(`an answer with ${what} is refused, its code taken away`, async () => {
        const tab = new Browser();
        tab.open(PAGE).authorize();
        const client = tab.openAgain(change);
        assert.equal((await errorOf(client.login())).code, "state_mismatch");
        assert.deepEqual([client.returnedFrom, tab.location.href, tab.last], [null, PAGE, undefined]);
    });
}

test("an answer that nobody asked for is refused", async () => {
    const tab = new Browser();
    const client = tab.open("https://h5.example.com/?code=c&state=undefined");
    assert.equal((await errorOf(client.login())).code, "state_mismatch");
    assert.equal(tab.location.href, "https://h5.example.com/");
});

test("a state is used once", async () => {
    const tab = new Browser();
    tab.open(PAGE).authorize();
    tab.openAgain();
    assert.equal((await errorOf(tab.openAgain().login())).code, "state_mismatch");
});

test("a person who declines", async () => {
    const tab = new Browser();
    tab.open(PAGE).authorize();
    const client = tab.openAgain((query) => query.delete("code"), { language: "en" });
    const error = await errorOf(client.login());
    assert.deepEqual([error.code, error.message, tab.location.href], ["login_declined", "The login was declined", PAGE]);
});

test("a code is for its purpose, once", async () => {
    const tab = new Browser();
    tab.open(PAGE).authorize();
    await tab.openAgain().login();
    tab.open(PAGE).authorize("erase");
    const client = tab.openAgain((query) => query.set("code", "c2"));
    assert.equal(client.returnedFrom, "erase");
    assert.equal((await errorOf(client.login())).code, "not_logged_in");
    assert.equal((await errorOf(client.exportData())).code, "fresh_code_needed");
    await client.erase();
    assert.deepEqual([JSON.parse(tab.last.body), client.isLoggedIn], [{ code: "c2" }, false]);
    assert.equal((await errorOf(client.erase())).code, "not_logged_in");
});

test("without authorize() the end of an account has no code, and the person stays logged in", async () => {
    const tab = new Browser();
    tab.open(PAGE).authorize();
    await tab.openAgain().login();
    const client = tab.open(PAGE, { language: "en" });
    const error = await errorOf(client.erase());
    assert.deepEqual([error.code, error.message, client.isLoggedIn],
        ["fresh_code_needed", "Confirm it in WeChat first", true]);
});

test("a page does not leave for a new login by itself", async () => {
    const tab = new Browser();
    tab.open(PAGE).authorize();
    await tab.openAgain().login();
    tab.service.set("revoked");
    tab.left = null;
    const client = tab.open("https://h5.example.com/?code=forged");
    const errors = await Promise.all([client.me(), client.sessions()].map(errorOf));
    assert.deepEqual(errors.map(({ code }) => code), ["not_logged_in", "not_logged_in"]);
    assert.deepEqual([tab.left, client.isLoggedIn, tab.localStorage.items.size], [null, false, 0]);
});

test("an expired token is renewed", async () => {
    const tab = new Browser();
    tab.open(PAGE).authorize();
    const client = tab.openAgain();
    await client.login();
    tab.service.set("expired");
    assert.equal((await client.me()).account, "a1");
});

test("a web site's QR code", () => {
    const tab = new Browser();
    tab.open(PAGE, { kind: "web" }).authorize();
    assert.equal(tab.left.pathname, "/connect/qrconnect");
    assert.equal(tab.left.searchParams.get("scope"), "snsapi_login");
});

test("an upload is a form", async () => {
    const tab = new Browser();
    tab.open(PAGE).authorize();
    const client = tab.openAgain();
    await client.login();
    await client.upload({ url: `${SERVICE}/avatar`, filePath: new Blob(["x"]), name: "avatar", formData: { kind: "a" } });
    assert.deepEqual([...tab.last.body.keys()], ["kind", "avatar"]);
    assert.equal(tab.last.headers["Content-Type"], undefined);
});

test("logout aborts what is under way", async () => {
    const tab = new Browser();
    tab.open(PAGE).authorize();
    const client = tab.openAgain();
    await client.login();
    tab.service.before = ({ path }) => (path === "/v1/me" ? new Promise(() => {}) : undefined);
    const error = errorOf(client.me());
    await new Promise((resolve) => setImmediate(resolve));
    const { signal } = tab.last;
    await client.logout();
    assert.deepEqual([(await error).code, signal.aborted], ["logged_out", true]);
});
