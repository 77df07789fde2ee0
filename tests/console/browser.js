/*
 * Somebody at the console in Chromium. What the browser does that it may not is kept in problems: a request to another
 * host, an exception, a breach of the Content-Security-Policy, what axe finds, a page that scrolls sideways.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import puppeteer from "puppeteer-core";
import en from "../../console/text/en.js";
import zh from "../../console/text/zh.js";

const TEXTS = { en, zh };
const WAIT_MS = 20000;
// Not by frames, which a tab in the background does not draw.
const POLLING = { polling: 50 };
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// The width of a narrow phone and that of a screen are examined; pictures are of both colours.
const EXAMINED = [{ width: 360, height: 780, theme: "dark" }, { width: 1280, height: 860, theme: "light" }];
const PICTURED = [390, 1280].flatMap((width) => ["light", "dark"].map((theme) => ({ width, height: 860, theme })));

// Asks the service itself, by a key.
export const ask = (given, path, key) => fetch(`${given.site}${path}`, { headers: { Authorization: `Bearer ${key}` } });

export async function openBrowser(chromium) {
    return puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox"] });
}

export class Person {
    // pictures: a directory for pictures of the pages, if they are wanted. zone: that of the computer.
    constructor(context, { site, language, pictures, zone }) {
        Object.assign(this, { context, site, language, pictures, zone, problems: [], requests: [] });
    }

    async start() {
        this.page = await this.context.newPage();
        this.page.setDefaultTimeout(WAIT_MS);
        this.page.on("pageerror", (error) => this.problems.push(`exception: ${error.message}`));
        this.page.on("request", (request) => this.recordRequest(request.url()));
        await this.page.exposeFunction("recordBreach", (text) => this.problems.push(`policy: ${text}`));
        await this.page.evaluateOnNewDocument((language) => {
            localStorage.setItem("wxuser.language", language);
            addEventListener("securitypolicyviolation",
                (event) => window.recordBreach(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
        }, this.language);
        await this.page.setViewport({ width: 1280, height: 860 });
        if (this.zone) await this.page.emulateTimezone(this.zone);
        await this.prefer("light");
        await this.page.goto(`${this.site}/console/`);
        return this;
    }

    // The colours of the browser; without motion, since colours that are on their way would be measured.
    async prefer(theme) {
        await this.page.emulateMediaFeatures(
            [{ name: "prefers-reduced-motion", value: "reduce" }, { name: "prefers-color-scheme", value: theme }]);
    }

    recordRequest(url) {
        this.requests.push(url);
        if (!url.startsWith(`${this.site}/`)) this.problems.push(`asks another host: ${url}`);
    }

    t(key, values = {}) {
        return TEXTS[this.language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    }

    async signIn(key) {
        await this.fill("key", key);
        await this.press(this.t("sign_in.do"));
        await (await this.page.waitForSelector("nav")).dispose(); // it would keep the page that it is of
    }

    async open(path) {
        await this.page.evaluate((hash) => { location.hash = hash; }, `#/${path}`);
    }

    // The text is to be seen in the open dialog, else on the page.
    async see(text) {
        await this.page.waitForFunction((wanted) => {
            const place = document.querySelector("dialog[open]") ?? document.body;
            return place.innerText.includes(wanted);
        }, POLLING, text).catch(() => this.fail(`does not show ${text}`));
    }

    async seeNot(text) {
        await this.page.waitForFunction((wanted) => !document.body.innerText.includes(wanted), POLLING, text)
            .catch(() => this.fail(`still shows ${text}`));
    }

    async fail(what) {
        const shown = await this.page.evaluate(() => (document.querySelector("dialog[open]") ?? document.body).innerText);
        throw new Error(`${what}: ${shown}`);
    }

    // Clicks the button or link of this text: in the open dialog, in the row or section that has the text `within`, or
    // anywhere.
    async press(text, within = "") {
        const found = await this.page.waitForFunction((wanted, where) => {
            const dialog = document.querySelector("dialog[open]");
            const places = dialog ? [dialog] : where === "" ? [document.body]
                : [...document.querySelectorAll("tr, section")].filter((place) => place.innerText.includes(where));
            return places.flatMap((place) => [...place.querySelectorAll("button, a")])
                .find((button) => button.innerText.trim() === wanted);
        }, POLLING, text, within).catch(() => this.fail(`has no button ${text} ${within}`));
        await found.evaluate((button) => button.click());
        await found.dispose();
    }

    async control(name) {
        return this.page.waitForSelector(`dialog[open] [name="${name}"], :not(:has(dialog[open])) > main [name="${name}"]`)
            .catch(() => this.fail(`has no control ${name}`));
    }

    async fill(name, text) {
        const control = await this.control(name);
        await control.evaluate((input) => { input.value = ""; });
        await control.type(text);
    }

    async choose(name, value) {
        await (await this.control(name)).select(value);
    }

    async check(name, value) {
        const box = await this.page.waitForSelector(`dialog[open] [name="${name}"][value="${value}"]`);
        await box.click();
    }

    textOf(selector) {
        return this.page.$eval(selector, (element) => element.innerText.trim());
    }

    async seeDialogClose() {
        await this.page.waitForSelector("dialog[open]", { hidden: true }).catch(() => this.fail("the dialog stays"));
    }

    // The text of the file that the link saves.
    async download(selector) {
        const directory = fs.mkdtempSync(path.join(os.tmpdir(), "console-"));
        const client = await this.page.createCDPSession();
        await client.send("Browser.setDownloadBehavior",
            { behavior: "allow", downloadPath: directory, browserContextId: this.context.id, eventsEnabled: true });
        const done = new Promise((resolve) => client.on("Browser.downloadProgress",
            ({ state }) => state === "completed" && resolve()));
        await this.page.click(selector);
        await done;
        const [name] = fs.readdirSync(directory);
        const text = fs.readFileSync(path.join(directory, name), "utf8");
        fs.rmSync(directory, { recursive: true });
        return { name, text };
    }

    // Does an act whose dialog asks for nothing more.
    async act(label, { within = "", button = label } = {}) {
        await this.press(button, within);
        await this.page.waitForSelector("dialog[open]");
        await this.press(label);
        await this.seeDialogClose();
    }

    async view({ width, height, theme }) {
        await this.page.setViewport({ width, height });
        await this.prefer(theme);
        await this.page.waitForFunction((value) => document.documentElement.dataset.theme === value, POLLING, theme);
    }

    // Looks at the page as it is, with axe.
    async look(name) {
        for (const view of EXAMINED) {
            await this.view(view);
            await this.examine(`${name} ${view.width} ${view.theme}`);
        }
        for (const view of this.pictures ? PICTURED : []) {
            await this.view(view);
            const path = `${this.pictures}/${name}-${this.language}-${view.width}-${view.theme}.png`;
            await this.page.screenshot({ path, fullPage: true });
        }
    }

    async examine(where) {
        const beyond = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (beyond > 0) this.problems.push(`${where}: scrolls sideways by ${beyond}`);
        // Not by a script element: the page's policy refuses it.
        await this.page.evaluate(axe);
        const { violations } = await this.page.evaluate(() => window.axe.run());
        for (const { impact, id, nodes } of violations)
            if (impact !== "minor") this.problems.push(`${where}: axe: ${impact}: ${id}: ${nodes[0].html}`);
    }
}
