/*
 * node journeys.js JOURNEY: one way through the console. Standard input says as JSON where it is, in which language, and
 * what the journey needs; standard output is what was found: {problems, requests, shown}.
 */
import fs from "node:fs";
import { ask, openBrowser, Person } from "./browser.js";
import { operatorJourneys } from "./operator_journeys.js";
import { rowJourneys } from "./row_journeys.js";
import { sessionJourneys } from "./session_journeys.js";
import { settingJourneys } from "./setting_journeys.js";

const journeys = {
    ...operatorJourneys,
    ...rowJourneys,
    ...sessionJourneys,
    ...settingJourneys,

    // Each page of a role, in the order of the navigation, and the picture of each.
    async pages(person, { key, role }) {
        await person.look("sign_in");
        await person.signIn(key);
        const links = await person.page.$$eval("nav a", (anchors) => anchors.map((anchor) => anchor.getAttribute("href")));
        for (const link of links) {
            await person.open(link.slice(2));
            await person.page.waitForSelector(`nav a[href="${link}"][aria-current]`);
            await person.page.waitForFunction(() => !document.querySelector("main [aria-busy]"));
            await person.look(`${role}_${link.slice(2) || "overview"}`);
        }
        return { links };
    },

    async wrong_key(person, { key }) {
        await person.fill("key", key);
        await person.press(person.t("sign_in.do"));
        await person.see(person.t("sign_in.unknown"));
        await person.see(person.t("sign_in.unknown_hint"));
        return { box: await person.page.$eval(".problem", (box) => box.innerText) };
    },

    async first_page(person, { key, seen }) {
        await person.signIn(key);
        for (const name of seen) await person.see(person.t(name));
    },

    // Found by what only the person knows, put out and let in again.
    async user(person, given) {
        const status = async () => (await ask(given, "/v1/me", given.token)).status;
        await person.signIn(given.key);
        await person.open("users");
        await person.choose("by", "phone");
        await person.see("wxuserctl user find --tenant 1 --phone -");
        await person.fill("value", given.phone);
        await person.press(person.t("find.do"));
        await person.see(person.t("matched.confirmed_phone"));
        const address = await person.page.evaluate(() => location.href);
        const before = await status();
        await person.look("user_found");
        await person.press(person.t("user.show"), person.t("matched.confirmed_phone"));
        await person.see(person.t("person.sessions"));
        await person.look("user_shown");
        await person.press(person.t("user.disable"));
        await person.see(`wxuserctl account disable ${given.account}`);
        await person.press(person.t("user.disable"));
        await person.seeDialogClose();
        await person.see(person.t("state.disabled"));
        const disabled = await status();
        await person.act(person.t("user.enable"));
        await person.see(person.t("state.active"));
        await person.act(person.t("user.log_out"));
        return { address, before, disabled };
    },

    // Masked, shown, exported and erased.
    async erase(person, given) {
        await person.signIn(given.key);
        await person.open(`users/${given.id}`);
        await person.see(person.t("person.users"));
        await person.seeNot(given.openid);
        await person.press(person.t("user.reveal"));
        await person.press(person.t("user.reveal_of", { id: given.id }));
        await person.see(given.openid);
        await person.look("user_revealed");
        await person.press(person.t("act.close"));
        await person.press(person.t("user.export"));
        await person.see(`wxuserctl user export ${given.id}`);
        await person.press(person.t("user.export_of", { id: given.id }));
        await person.page.waitForSelector("dialog a[download][href^=blob]");
        const exported = await person.download("dialog a[download]");
        await person.press(person.t("act.close"));
        await person.press(person.t("erase.do"));
        await person.fill("name", "x");
        await person.press(person.t("user.erase_of", { id: given.id }));
        await person.page.waitForSelector("dialog .refused");
        await person.fill("name", given.openid);
        await person.press(person.t("user.erase_of", { id: given.id }));
        await person.see(person.t("user.erased_whole"));
        await person.look("user_erased");
        await person.press(person.t("act.close"));
        await person.see(person.t("users.all"));
        return { exported };
    },

    // Why could somebody not log in: by the request that the person names.
    async refusal(person, given) {
        await person.signIn(given.key);
        await person.see(person.t("day.logins"));
        await person.open("refusals");
        await person.fill("request_id", given.request);
        await person.press(person.t("find.do"));
        await person.page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
        await person.see(person.t("error.CODE_USED"));
        await person.look("refusal_found");
        await person.fill("request_id", "0".repeat(32));
        await person.press(person.t("find.do"));
        await person.see(person.t("refusals.empty"));
        return { rows: await person.page.$$eval("tbody tr", (rows) => rows.length) };
    },

    async key(person, given) {
        await person.signIn(given.key);
        await person.open("keys");
        await person.press(person.t("key.add"));
        await person.fill("name", given.name);
        await person.fill("expires_at", given.last_day);
        await person.see(`wxuserctl key add --tenant 1 --name ${given.name} --scopes read --expires ${given.last_day}`);
        await person.look("key_add");
        await person.press(person.t("key.add"));
        await person.page.waitForSelector("dialog .secret");
        const made = await person.textOf("dialog .secret");
        await person.look("key_made");
        await person.press(person.t("act.close"));
        await person.see(given.name);
        await person.see(`${person.t("key.ends")} ${given.last_day}`);
        await person.seeNot(made);
        const used = (await ask(given, "/v1/users/changes", made)).status;
        const label = person.t("key.revoke_of", { name: given.name });
        await person.act(label, { within: given.name, button: person.t("key.revoke") });
        await person.see(person.t("key.is_revoked"));
        return { used, revoked: (await ask(given, "/v1/users/changes", made)).status };
    },

    async key_that_has_ended(person, given) {
        await person.signIn(given.key);
        await person.open("keys");
        await person.see(person.t("key.has_ended"));
        await person.look("key_ended");
        return { row: await person.page.$$eval("tbody tr",
            (rows, name) => rows.find((row) => row.innerText.includes(name)).innerText, given.name) };
    },

    // With a last day, and replaced by another one that is shown once; the list names it.
    async key_rotation(person, given) {
        await person.signIn(given.key);
        await person.open("keys");
        await person.see(given.name);
        await person.press(person.t("key.rotate"), given.name);
        await person.fill("overlap_days", "3");
        await person.see(`wxuserctl key rotate ${given.id} --overlap 3`);
        await person.press(person.t("key.rotate_of", { name: given.name }));
        await person.page.waitForSelector("dialog .secret");
        const made = await person.textOf("dialog .secret");
        await person.press(person.t("act.close"));
        await person.seeDialogClose();
        await person.look("key_rotated");
        const rows = await person.page.$$eval("tbody tr", (all) => all.map((row) => row.innerText));
        return { rows, used: (await ask(given, "/v1/users/changes", made)).status };
    },

    // The tenant is disabled while its admin is at the console, and enabled again.
    async tenant_off(person, given) {
        const change = (is_disabled) => fetch(`${given.site}/v1/admin/tenants/${given.tenant}`, {
            method: "PATCH", body: JSON.stringify({ is_disabled }),
            headers: { Authorization: `Bearer ${given.operator}`, "Content-Type": "application/json" },
        });
        const isAnswered = async (status) => {
            const answers = await Promise.all(Array.from({ length: 8 }, () => ask(given, "/v1/admin/apps", given.key)));
            return answers.every((answer) => answer.status === status);
        };
        await person.signIn(given.key);
        await person.see(person.t("day.logins"));
        await change(true);
        while (!await isAnswered(403));
        await person.open("users");
        await person.page.waitForSelector(".problem");
        await person.look("tenant_off");
        const said = await person.textOf(".problem");
        await change(false);
        while (!await isAnswered(200));
        // Another worker may still refuse for a moment.
        for (let isEmpty = false; !isEmpty;) {
            await person.open("keys");
            await person.open("apps");
            await person.page.waitForSelector(".empty, .problem");
            isEmpty = await person.page.$(".empty") !== null;
        }
        return { said };
    },

    // A session of a disabled tenant's is refused within a second: what the service tells until then is put in.
    async user_of_disabled_tenant(person, given) {
        await person.signIn(given.key);
        const path = `/v1/admin/users/${given.id}`;
        const known = await (await ask(given, path, given.key)).json();
        await person.page.setRequestInterception(true);
        person.page.on("request", (request) => (new URL(request.url()).pathname.endsWith(path)
            ? request.respond({ status: 200, contentType: "application/json",
                body: JSON.stringify({ ...known, tenant_disabled_at: "2026-11-30T01:02:03Z" }) })
            : request.continue()));
        await person.open(`users/${given.id}`);
        await person.see(person.t("user.tenant_disabled_text"));
        await person.look("user_of_disabled_tenant");
    },

    async member(person, given) {
        await person.signIn(given.key);
        await person.open("members");
        await person.see(given.masked);
        await person.seeNot(given.name);
        await person.press(person.t("reveal.do"), given.masked);
        await person.press(person.t("member.reveal", { id: given.id }));
        await person.see(given.name);
        await person.look("member_shown");
        await person.press(person.t("act.close"));
        await person.seeNot(given.name);
        await person.press(person.t("erase.do"), given.masked);
        await person.see(`wxuserctl member erase ${given.id} --tenant 1`);
        await person.fill("name", "x");
        await person.press(person.t("member.erase", { id: given.id }));
        await person.page.waitForSelector("dialog .refused");
        await person.look("member_refused");
        await person.fill("name", given.name);
        await person.press(person.t("member.erase", { id: given.id }));
        await person.seeDialogClose();
        await person.seeNot(given.masked);
    },

    async app(person, given) {
        await person.signIn(given.key);
        await person.open("apps");
        await person.press(person.t("app.add"));
        await person.fill("appid", given.appid);
        await person.choose("kind", "web");
        await person.fill("secret", given.secret);
        await person.look("app_add");
        await person.press(person.t("app.add"));
        await person.see(person.t("app.is_untried"));
        await person.look("app_added");
        await person.press(person.t("act.close"));
        await person.seeDialogClose();
        await person.see(given.appid);
        await person.press(person.t("app.set_secret"), given.appid);
        await person.see(`wxuserctl app set-secret ${given.appid}`);
        await person.fill("secret", given.secret.split("").reverse().join(""));
        await person.press(person.t("app.set_secret_of", { appid: given.appid }));
        await person.seeDialogClose();
        return { html: await person.page.content() };
    },

    // WeChat takes the secret of an app; a wrong one is refused with the reason, and stored only if that is wanted.
    async app_is_tried(person, given) {
        const tryIt = async (wanted) => {
            await person.press(person.t("app.try"), given.appid);
            await person.see("wxuserctl check");
            await person.press(person.t("app.try_of", { appid: given.appid }));
            await person.see(wanted);
        };
        await person.signIn(given.key);
        await person.open("apps");
        await tryIt(person.t("app.is_taken"));
        await person.look("app_taken");
        await person.press(person.t("act.close"));
        await person.press(person.t("app.set_secret"), given.appid);
        await person.fill("secret", given.wrong);
        await person.press(person.t("app.set_secret_of", { appid: given.appid }));
        await person.page.waitForSelector("dialog .refused");
        const refused = await person.textOf("dialog .refused");
        await person.look("app_refused");
        await person.check("is_untried", "true");
        await person.see(`wxuserctl app set-secret ${given.appid} --untried`);
        await person.press(person.t("app.set_secret_of", { appid: given.appid }));
        await person.seeDialogClose();
        await tryIt(person.t("app.is_refused"));
        await person.see(refused);
        return { refused };
    },

    // WeChat has moved an app: that is told, seen in the list, and undone.
    async app_move(person, given) {
        const move = async (name, seen) => {
            await person.press(person.t("app.set_platform"), given.appid);
            await person.fill("open_platform", name);
            await person.see(`wxuserctl app set ${given.appid} --open-platform ${name}`);
            await person.press(person.t("app.set_platform_of", { appid: given.appid }));
            await person.see(seen);
            await person.look(`app_move_${name === given.there ? "there" : "back"}`);
            await person.press(person.t("act.close"));
            await person.seeDialogClose();
        };
        await person.signIn(given.key);
        await person.open("apps");
        await move(given.there, person.t("app.moved_unseen"));
        await person.see(person.t("move.title"));
        await person.look("app_moved");
        await move(given.here, person.t("app.moved_back"));
        await person.seeNot(person.t("move.title"));
    },

    async flag(person, given) {
        await person.signIn(given.key);
        await person.open(`users/${given.id}`);
        await person.press(person.t("user.set_flag"));
        await person.choose("name", given.flag);
        await person.choose("value", "true");
        await person.see(`wxuserctl account set ${given.account} ${given.flag} true`);
        await person.look("user_flag");
        await person.press(person.t("user.set_flag"));
        await person.seeDialogClose();
        await person.see(given.flag);
        await person.look("user_with_flag");
    },

    async merge(person, given) {
        await person.signIn(given.key);
        await person.open("merges");
        await person.fill("account_id", given.one);
        await person.fill("other_id", given.other);
        await person.press(person.t("merge.look"));
        await person.see(person.t("merge.preview"));
        await person.look("merge_preview");
        await person.act(person.t("merge.do"));
        await person.see(person.t("merge.done"));
        const merged = (await ask(given, "/v1/me", given.token)).status;
        await person.look("merge_done");
        await person.act(person.t("merge.undo"));
        await person.see(person.t("merges.lead"));
        return { merged };
    },

    // Undone from the list, where it stays.
    async merge_list(person, given) {
        await person.signIn(given.key);
        await person.open("merges");
        await person.see(given.merged);
        await person.look("merges_all");
        const label = person.t("merge.undo_of", { id: given.id });
        await person.press(person.t("merge.undo_is"), given.merged);
        await person.see(`wxuserctl account merge --undo ${given.id}`);
        await person.press(label);
        await person.seeDialogClose();
        await person.see(person.t("undo.done"));
    },

    // Language and colours are changed on the page, and the browser keeps the colours.
    async preferences(person) {
        const theme = () => person.page.evaluate(() => document.documentElement.dataset.theme);
        await person.press(person.t("theme.dark"));
        const dark = await theme();
        await person.page.reload();
        await person.see(person.t("theme.light"));
        const kept = await theme();
        person.language = person.language === "en" ? "zh" : "en";
        await person.press(person.language === "zh" ? "中文" : "English");
        await person.see(person.t("sign_in.hint"));
        return { dark, kept, language: await person.page.evaluate(() => document.documentElement.lang) };
    },

    // With no pointer: sign in, go to a page, do an act.
    async keyboard(person, given) {
        const { keyboard } = person.page;
        const focused = () => person.page.evaluate(() => document.activeElement.innerText || document.activeElement.name);
        const goTo = async (text) => {
            for (let i = 0; i < 60 && (await focused())?.trim() !== text; i++) await keyboard.press("Tab");
            if ((await focused()).trim() !== text) await person.fail(`no way by keyboard to ${text}`);
        };
        await person.page.waitForSelector("[name=key]");
        await goTo("key");
        await keyboard.type(given.key);
        await keyboard.press("Enter");
        await person.page.waitForSelector("nav");
        await goTo(person.t("page.keys"));
        await keyboard.press("Enter");
        await person.page.waitForFunction((title) => document.activeElement.innerText === title, {}, person.t("page.keys"));
        await goTo(person.t("key.add"));
        await keyboard.press("Enter");
        await person.page.waitForSelector("dialog[open]");
        await keyboard.press("Escape");
        await person.seeDialogClose();
        return { focused: await focused() };
    },
};

const [name] = process.argv.slice(2);
const given = JSON.parse(fs.readFileSync(0, "utf8"));
const browser = await openBrowser(given.chromium);
try {
    const people = [];
    for (let i = 0; i < journeys[name].length - 1 || i === 0; i++)
        people.push(await new Person(await browser.createBrowserContext(), given).start());
    const shown = await journeys[name](people[0], given, people[1]);
    const all = (member) => people.flatMap((person) => person[member]);
    console.log(JSON.stringify({ problems: all("problems"), requests: all("requests"), shown }));
} finally {
    await browser.close();
}
