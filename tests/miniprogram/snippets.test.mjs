// Every snippet of the READMEs, against a running stack. They lie as in a mini program: client.js of the first one,
// then a page each.
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Tab } from "./tab.mjs";
import { sandbox, Wx } from "./wx.mjs";

const { WXUSER_URL, UNIQUE, PHONE } = process.env;
const CLIENT = fileURLToPath(new URL("../../clients/miniprogram", import.meta.url));
const AVATAR = "https://cdn.example.com/avatar.png";
const OFFICIAL = "wx1000000000000002";

const blocks = blocksOf("README.md");
const project = mkdtempSync(join(tmpdir(), "wxuser-snippets-"));
const require = createRequire(join(project, "app.js"));
const wx = new Wx({ openid: `o${UNIQUE}` });
const shown = [];
let shop;
let nPages = 0;

function blocksOf(name) {
    const text = readFileSync(join(CLIENT, name), "utf8");
    return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({ language, code }));
}

function withRealUrls(code) {
    return code.replaceAll("https://user.example.com", WXUSER_URL).replaceAll("https://shop.example.com", shop.url);
}

// The functions of a snippet that exports none.
function functionsOf(code) {
    return [...code.matchAll(/^async function (\w+)/gm)].map(([, name]) => name);
}

function isModule({ language, code }) {
    return language === "js" && code.startsWith("import");
}

// What a page or a script of a mini program defines, with setData as the framework has it.
function runScript(code) {
    const directory = join(project, "pages", `${nPages++}`);
    mkdirSync(directory, { recursive: true });
    const file = join(directory, "page.js");
    writeFileSync(file, `${withRealUrls(code)}\nmodule.exports = { ${functionsOf(code).join()} };`);
    let page = { data: {}, setData: (change) => Object.assign(page.data, change) };
    globalThis.Page = (definition) => {
        page = Object.assign(page, definition);
    };
    return Object.assign(page, require(file));
}

async function runModule(code) {
    const file = join(project, `module${nPages++}.mjs`);
    writeFileSync(file, `${withRealUrls(code)}\nexport { ${functionsOf(code).join()} };`);
    return import(pathToFileURL(file));
}

before(async () => {
    const server = createServer((request, response) => {
        request.resume().on("end", () => {
            response.setHeader("Content-Type", "application/json");
            response.end(JSON.stringify({ url: AVATAR, authorization: request.headers.authorization }));
        });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    shop = { server, url: `http://127.0.0.1:${server.address().port}` };
    cpSync(join(CLIENT, "sample", "wxuser"), join(project, "wxuser"), { recursive: true });
    mkdirSync(join(project, "node_modules"));
    symlinkSync(CLIENT, join(project, "node_modules", "wxuser-miniprogram"));
    writeFileSync(join(project, "client.js"), withRealUrls(blocks[0].code));
    globalThis.wx = Object.assign(wx, { showToast: ({ title }) => shown.push(title) });
    globalThis.uni = wx;
});

after(() => shop.server.close());

test("both READMEs have the same snippets", () => {
    assert.deepEqual(blocksOf("README.en.md"), blocks);
});

test("what a page binds is there", () => {
    blocks.forEach(({ language, code }, i) => {
        if (language !== "xml") return;
        for (const [, name] of code.matchAll(/bind\w+="(\w+)"/g)) assert.match(blocks[i + 1].code, new RegExp(`\\b${name}\\(`));
    });
});

// Of each page: its functions in order, and the events that they get.
const SCRIPTS = [
    async (page) => {
        await page.login();
        assert.equal(page.data.person.user.openid, wx.user.openid);
        await page.logout();
        await page.onShow();
        assert.equal(page.data.person, null);
        await page.login();
        await page.onShow();
        assert.equal(page.data.person.user.openid, wx.user.openid);
    },
    async (page) => {
        await page.confirmPhone(await wx.phoneEvent(`${PHONE}4`));
        assert.equal(page.data.phone.number, `${PHONE}4`);
        await page.removePhone();
        await page.sendSmsCode({ detail: { value: { phone: `${PHONE}5` } } });
        const messages = await (await fetch(`${WXUSER_URL}/sandbox/sms?phone=${PHONE}5`)).json();
        await page.confirmSms({ detail: { value: { phone: `${PHONE}5`, code: messages.at(-1).code } } });
        assert.equal(page.data.phone.number, `${PHONE}5`);
    },
    async (page) => {
        page.chooseAvatar({ detail: { avatarUrl: fileURLToPath(import.meta.url) } });
        await page.save({ detail: { value: { name: "小明" } } });
        const { profile } = await require("./client").me();
        assert.deepEqual([profile.name, profile.avatar], ["小明", AVATAR]);
    },
    async (page) => {
        await page.save({ detail: { value: { name: "张三" } } });
        assert.equal(page.data.member.name, "张三");
        await page.remove();
        assert.equal((await require("./client").me()).member, null);
    },
    async (page) => {
        await page.agree();
        await page.endOtherSessions();
        await page.exportData();
        assert.match(page.data.text, /2026-01-01/);
        await page.erase();
        assert.ok(page.data.receipt);
        await page.reopen();
        await page.login();
    },
    async ({ order }) => {
        assert.match((await order("x")).data.authorization, /^Bearer wxt_/);
    },
    async ({ save }) => {
        await save("小红");
        await save("微信用户");
        assert.deepEqual(shown, ["The name that WeChat gives to users without one."]);
    },
];

test("each script runs", async () => {
    const scripts = blocks.slice(1).filter((block) => block.language === "js" && !isModule(block));
    assert.equal(scripts.length, SCRIPTS.length);
    for (const [i, { code }] of scripts.entries()) await SCRIPTS[i](runScript(code));
});

const MODULES = [
    async ({ wxuser }) => {
        wx.stored.clear();
        await wxuser.login();
        assert.equal((await wxuser.me()).user.openid, wx.user.openid);
    },
    async ({ start }, code) => {
        await start();
        assert.equal(window.left.searchParams.get("appid"), OFFICIAL);
        window.comeBack((await sandbox("codes", { appid: OFFICIAL, openid: `oh${UNIQUE}` })).code);
        const again = await runModule(code);
        assert.equal((await again.start()).user.openid, `oh${UNIQUE}`);
        assert.equal(window.location.href, "https://h5.example.com/");
    },
];

test("each module runs", async () => {
    const modules = blocks.filter(isModule);
    assert.equal(modules.length, MODULES.length);
    globalThis.window = new Tab(fetch);
    window.visit("https://h5.example.com/");
    for (const [i, { code }] of modules.entries()) await MODULES[i](await runModule(code), code);
});
