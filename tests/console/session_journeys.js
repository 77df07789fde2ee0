// How sessions end: by their person, elsewhere, and without anybody's doing.

import fs from "node:fs";

// What the page's memory has of the text, whoever still holds it.
async function isInMemory(person, text) {
    const client = await person.page.createCDPSession();
    let rest = "", isFound = false;
    client.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => {
        rest = rest.slice(-text.length) + chunk;
        isFound ||= rest.includes(text);
    });
    await client.send("HeapProfiler.takeHeapSnapshot");
    await client.detach();
    return isFound;
}

// The page's timers run twenty times as fast from now on.
async function hurry(person) {
    await person.page.evaluateOnNewDocument(() => {
        for (const name of ["setTimeout", "setInterval"]) {
            const original = window[name];
            window[name] = (what, ms, ...more) => original.call(window, what, ms / 20, ...more);
        }
    });
    await person.page.reload();
}

async function reveal(person, given) {
    await person.open(`users/${given.id}`);
    await person.press(person.t("user.reveal"));
    await person.press(person.t("user.reveal_of", { id: given.id }));
    await person.see(given.openid);
}

// Whether the page has the person's name, which nobody but the page has asked for: in memory, and to be seen.
async function holds(person, { person_name: name }) {
    return [await isInMemory(person, name), (await person.page.content()).includes(name)];
}

export const sessionJourneys = {
    // Two browsers; one of them ends both.
    async session(person, given, other) {
        await person.signIn(given.key);
        await other.signIn(given.key);
        await other.open("settings");
        await other.see("trial_days");
        const cookies = await person.page.evaluate(() => document.cookie);
        const stored = await person.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
        await person.act(person.t("session.end_all"));
        await person.see(person.t("sign_in.hint"));
        await other.open("keys");
        await other.see(other.t("session.elsewhere"));
        await other.look("session_ended");
        return { cookies, stored };
    },

    // Somebody's openid is on the page as the session ends in some way that the test brings about once the
    // file when_shown is there. Nobody touches the page.
    async session_ends(person, given) {
        await hurry(person);
        await person.signIn(given.key);
        await reveal(person, given);
        const before = await holds(person, given);
        fs.writeFileSync(given.when_shown, "");
        await person.see(person.t("sign_in.hint"));
        await person.see(person.t(`session.${given.reason}`));
        return { before, after: await holds(person, given) };
    },

    // In another tab of the same browser the session ends, and one of another key begins.
    async session_of_tabs(person, given) {
        await person.signIn(given.key);
        const tab = await new person.constructor(person.context, given).start();
        await tab.see(tab.t("session.end"));
        await reveal(person, given);
        await tab.press(tab.t("session.end"));
        await tab.see(tab.t("sign_in.hint"));
        await person.see(person.t("session.elsewhere"));
        const after = await holds(person, given);
        await person.signIn(given.key);
        await tab.page.reload();
        await tab.see(tab.t("session.end"));
        await tab.press(tab.t("session.end"));
        await tab.signIn(given.operator);
        await person.see(person.t("sign_in.hint"));
        return { after };
    },
};
