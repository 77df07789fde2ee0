// The sample's pages, compiled by WeChat's compiler and rendered by miniprogram-simulate, against a running stack:
// each button is pressed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { JSDOM } from "jsdom";
import { createClient, wxPlatform } from "wxuser-miniprogram";
import { Wx } from "./wx.mjs";

const { WXUSER_URL, WXUSER_APP_ID, UNIQUE, PHONE } = process.env;
const SAMPLE = fileURLToPath(new URL("../../clients/miniprogram/sample", import.meta.url));
const AVATAR = "https://cdn.example.com/avatar.png";
const require = createRequire(import.meta.url);

const { window } = new JSDOM("<!doctype html>", { pretendToBeVisual: true });
for (const name of ["window", "document", "Event", "CustomEvent", "MutationObserver", "Element", "Node", "TouchEvent"]) {
    globalThis[name] = name === "window" ? window : window[name];
}
const compiler = require("miniprogram-compiler");
const glob = require("glob");
const simulate = require("miniprogram-simulate");

let wx;
let nPeople = 0;
let avatarServer;
const uploads = [];
const pressed = new Set();

// What a page asks of the person, and the person's answers.
class Phone extends Wx {
    constructor(user) {
        super(user);
        this.hasAgreed = false;
        this.willConfirm = true;
        this.showToast = ({ title }) => this.shown.push(title);
        this.showModal = ({ content, success = () => {}, complete = () => {} }) => {
            this.shown.push(content);
            success({ confirm: this.willConfirm });
            complete();
        };
        this.navigateBack = () => this.opened.push("back");
        this.reLaunch = ({ url }) => this.opened.push(url);
        this.openPrivacyContract = () => this.opened.push("contract");
        this.onNeedPrivacyAuthorization = (listener) => {
            this.listener = listener;
        };
        this.getPrivacySetting = ({ success }) => success({ needAuthorization: !this.hasAgreed });
        this.requirePrivacyAuthorize = ({ success, fail }) => this.listener(({ event }) => {
            this.hasAgreed = event === "agree";
            (this.hasAgreed ? success : fail)({});
        });
    }
}

function load(path) {
    return simulate.load(join(SAMPLE, path), { rootPath: SAMPLE });
}

// A page as the framework opens it.
async function open(name) {
    const page = simulate.render(load(`pages/${name}/${name}`));
    page.attach(document.body);
    for (const method of ["onLoad", "onShow"]) if (page.instance[method]) await page.instance[method]({});
    return page;
}

function find(page, selector) {
    const found = page.querySelector(selector);
    assert.ok(found, `${selector} in ${page.dom.innerHTML}`);
    return found;
}

async function until(condition, what) {
    for (let i = 0; i < 500; i++) {
        if (condition()) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail(what);
}

// The framework dispatches the event later than this function returns, but no later than a timer that is set now.
async function press(page, selector, event = "tap", detail = {}) {
    pressed.add(selector);
    find(page, selector).dispatchEvent(event, { detail, bubbles: true });
    await new Promise((resolve) => setTimeout(resolve));
}

// Until the page has done what it was asked.
async function act(page, selector, event, detail) {
    await press(page, selector, event, detail);
    await until(() => !page.data.isBusy, `${selector} is busy`);
}

function textOf(page) {
    return page.dom.textContent.replace(/\s+/g, " ");
}

async function logIn(page) {
    await press(page, "#login");
    await until(() => page.data.person !== null || wx.shown.length > 0, "nobody logged in");
    await until(() => !page.data.isBusy, "the login is busy");
    assert.notEqual(page.data.person, null, wx.shown.join());
}

before(async () => {
    avatarServer = createServer((request, response) => {
        const chunks = [];
        request.on("data", (chunk) => chunks.push(chunk)).on("end", () => {
            uploads.push({ authorization: request.headers.authorization, body: Buffer.concat(chunks).toString("latin1") });
            response.setHeader("Content-Type", "application/json");
            response.end(JSON.stringify({ url: AVATAR }));
        });
    }).listen(0, "127.0.0.1");
    await once(avatarServer, "listening");
    Object.assign(require(join(SAMPLE, "config.js")), {
        url: WXUSER_URL, avatarUrl: `http://127.0.0.1:${avatarServer.address().port}/avatar`, sandbox: { appid: WXUSER_APP_ID },
    });
});

after(() => avatarServer.close());

beforeEach(() => {
    wx = new Phone({ openid: `o${UNIQUE}-${nPeople++}` });
    wx.hasAgreed = true;
    wx.setStorageSync("sandbox_openid", wx.user.openid);
    Object.assign(globalThis.wx, wx, { request: wx.request, uploadFile: wx.uploadFile, login: wx.login });
    for (const name of ["client", "consent"]) delete require.cache[join(SAMPLE, `${name}.js`)];
    document.body.innerHTML = "";
});

test("the developer tools can open it", () => {
    const read = (path) => JSON.parse(readFileSync(join(SAMPLE, path), "utf8"));
    const { pages } = read("app.json");
    assert.deepEqual([...pages].sort(), glob.sync("pages/*/*.js", { cwd: SAMPLE }).map((path) => path.slice(0, -3)).sort());
    pages.forEach((page) => assert.deepEqual(read(`${page}.json`), { usingComponents: { privacy: "../../components/privacy/privacy" } }));
    assert.equal(read("project.config.json").compileType, "miniprogram");
    assert.match(compiler.wxssToJs(SAMPLE), /privacy\.wxss/);
});

test("a person logs in and out", async () => {
    const page = await open("home");
    await logIn(page);
    assert.match(textOf(page), /填写头像和昵称.*未绑定/);
    assert.deepEqual(wx.sent, ["POST /sandbox/codes", "POST /v1/login", "GET /v1/me"]);
    await act(page, "#logout");
    assert.ok(find(page, "#login"));
    assert.equal(wx.getStorageSync("wxuser"), "");
});

// The dialogue of a page, once it is shown.
async function privacyOf(page) {
    const privacy = find(page, "#privacy");
    await until(() => privacy.querySelector("#agree"), "no dialogue");
    return privacy;
}

test("nobody is logged in before agreeing to the privacy policy, and the consent is recorded", async () => {
    wx.hasAgreed = false;
    const page = await open("home");
    await press(page, "#login");
    const privacy = await privacyOf(page);
    await press(privacy, "#read");
    assert.deepEqual(wx.opened, ["contract"]);
    await press(privacy, "#refuse");
    await until(() => wx.shown.length > 0, "nothing is said");
    assert.deepEqual([wx.shown, wx.sent], [["需要您同意隐私政策"], []]);
    await until(() => !privacy.querySelector("#agree"), "the dialogue stays");

    await press(page, "#login");
    await privacyOf(page);
    await press(privacy, "#agree", "agreeprivacyauthorization");
    await until(() => wx.sent.includes("POST /v1/me/consents"), "no consent");
    await until(() => wx.getStorageSync("consent") === "", "the consent stays");
    assert.equal(page.data.isBusy, false);
    assert.equal(wx.sent.filter((path) => path === "POST /v1/me/consents").length, 1);
});

test("a page that is opened again shows the person", async () => {
    await logIn(await open("home"));
    wx.sent.length = 0;
    const page = await open("home");
    assert.notEqual(page.data.person, null);
    assert.deepEqual(wx.sent, ["GET /v1/me"]);
});

test("an error is shown", async () => {
    wx.setStorageSync("sandbox_openid", "not an openid");
    const page = await open("home");
    await press(page, "#login");
    await until(() => wx.shown.length > 0, "nothing is said");
    assert.equal(page.data.person, null);
});

test("a person gives the phone by WeChat's button, becomes a member, and is none any more", async () => {
    const home = await open("home");
    await logIn(home);
    assert.ok(find(await open("member"), "#phone-first"));

    await act(home, "#confirm-phone", "getphonenumber", { errMsg: "getPhoneNumber:fail user deny" });
    assert.deepEqual(wx.shown, ["您没有授权手机号"]);
    await act(home, "#confirm-phone", "getphonenumber", (await wx.phoneEvent(`${PHONE}3`)).detail);
    await until(() => find(home, "#phone").dom.textContent === `${PHONE}3`, "no phone");

    const member = await open("member");
    await press(member, "#birthday", "change", { value: "1990-05-01" });
    await act(member, "#form", "submit", { value: { name: "张三" } });
    await until(() => member.querySelector("#number"), "no member");
    await home.instance.onShow();
    await until(() => /张三/.test(textOf(home)), "no member at home");
    await act(member, "#remove");
    await until(() => member.querySelector("#save"), "the member stays");
});

test("a person gives a picture and a name", async () => {
    await logIn(await open("home"));
    const page = await open("profile");
    const file = join(mkdtempSync(join(tmpdir(), "wxuser-")), "avatar.png");
    writeFileSync(file, "picture");
    await press(page, "#choose-avatar", "chooseavatar", { avatarUrl: file });
    await act(page, "#form", "submit", { value: { name: "小明" } });
    assert.deepEqual([wx.shown, wx.opened], [[], ["back"]]);
    assert.match(uploads.at(-1).authorization, /^Bearer wxt_/);
    assert.match(uploads.at(-1).body, /name="file".*picture/s);
    const again = await open("profile");
    assert.deepEqual([again.data.name, again.data.avatar], ["小明", AVATAR]);

    await act(again, "#form", "submit", { value: { name: "微信用户" } });
    assert.equal(wx.shown.length, 1);
    assert.deepEqual(wx.opened, ["back"]);
});

test("a person ends another login", async () => {
    await logIn(await open("home"));
    const other = createClient({ url: WXUSER_URL, platform: wxPlatform(new Wx(wx.user)) });
    await other.login();
    const page = await open("account");
    await until(() => page.querySelectorAll(".session").length === 2, "not two logins");
    await act(page, ".end");
    await until(() => page.querySelectorAll(".session").length === 1, "the login stays");
    await assert.rejects(other.request({ path: "/v1/me/sessions/x" }));
});

test("a person thinks again, cancels the account, and takes it back", async () => {
    const before = await open("home");
    await logIn(before);
    const page = await open("account");
    wx.willConfirm = false;
    await press(page, "#erase");
    assert.equal(wx.shown.length, 1);
    assert.equal(page.data.isBusy, false);
    wx.willConfirm = true;
    await press(page, "#erase");
    await until(() => wx.opened.length === 1, "the page stays");
    assert.match(wx.shown.at(-1), /^账号将于 20\d\d-\d\d-\d\d \d\d:\d\d 注销，在此之前登录可以恢复。回执：./);
    assert.deepEqual(wx.opened, ["/pages/home/home"]);

    const home = await open("home");
    await act(home, "#login");
    await until(() => home.querySelector("#reopen"), "the account is not closed");
    assert.match(find(home, "#closed").dom.textContent, /将于 20\d\d-/);
    await act(home, "#reopen");
    await until(() => home.data.person !== null, "the account stays closed");
    assert.equal(home.data.person.account_id, before.data.person.account_id);
});

test("each button was pressed", () => {
    const buttons = glob.sync("**/*.wxml", { cwd: SAMPLE }).flatMap((file) => {
        const text = readFileSync(join(SAMPLE, file), "utf8");
        return [...text.matchAll(/<button[^>]*? (?:id|class)="([\w-]+)/g)].map(([, name]) => name);
    });
    // The form's button submits the form, which is what the framework tells the page.
    const pressedNames = new Set([...pressed].map((selector) => selector.replace(/^[#.]/, "").replace(/^form$/, "save")));
    assert.ok(buttons.length >= 12);
    assert.deepEqual(buttons.filter((name) => !pressedNames.has(name)), []);
});
