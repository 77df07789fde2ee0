// The pages with many rows, and with what is broken.

async function seeLoaded(person) {
    await person.page.waitForFunction(() => !document.querySelector("main [aria-busy]"));
}

async function textsOfRows(person) {
    await seeLoaded(person);
    await person.page.waitForSelector("main nav.pages");
    return person.page.$$eval("main tbody tr", (rows) => rows.map((row) => row.innerText));
}

export const rowJourneys = {
    // Each list: its first page, the next one, and back.
    async full_lists(person, given) {
        await person.signIn(given.key);
        const lists = {};
        // The rows before stay until those of the other page have come.
        const turn = async (button, n, [firstRow]) => {
            await person.press(person.t(button));
            await person.see(person.t("list.page", { n }));
            await person.page.waitForFunction(
                (text) => document.querySelector("main tbody tr").innerText !== text, {}, firstRow);
        };
        for (const path of given.lists) {
            await person.open(path);
            await person.page.waitForSelector(`nav a[href="#/${path}"][aria-current]`);
            const pages = [await textsOfRows(person)];
            await turn("list.next", 2, pages[0]);
            pages.push(await textsOfRows(person));
            await person.look(`list_${path}`);
            await turn("list.back", 1, pages[1]);
            pages.push(await textsOfRows(person));
            lists[path] = pages;
        }
        return { lists };
    },

    // From a conflict to what a merge would move, and off the list; from a pending erasure to its user, whose name is long.
    async rows_and_acts(person, given) {
        await person.signIn(given.key);
        await person.open("conflicts");
        const countRows = () => person.page.$$eval("main tbody tr", (rows) => rows.length);
        await person.see(person.t("conflict.dismiss"));
        await person.press(person.t("merge.look"));
        await person.see(person.t("merge.one"));
        await person.press(person.t("merge.look"));
        await person.see(person.t("merge.has_openids_of_one_app"));
        await person.look("conflict_merge");
        await person.open("conflicts");
        await person.see(person.t("conflict.dismiss"));
        const before = await countRows();
        await person.act(person.t("conflict.dismiss"));
        await person.page.waitForFunction((n) => document.querySelectorAll("main tbody tr").length === n, {}, before - 1);
        await person.open("erasures");
        await person.see(given.withdrawn);
        await person.look("erasures_pending");
        await person.press(person.t("user.show"));
        await person.press(person.t("user.reveal"));
        await person.look("user_reveal_dialog");
        await person.press(await person.textOf("dialog button.main"));
        await person.see(given.person_name);
        await person.look("user_revealed_long");
        await person.press(person.t("act.close"));
        await person.press(person.t("erase.do"));
        await person.look("user_erase_dialog");
    },

    async broken(person, given) {
        await person.signIn(given.key);
        await person.see(person.t("well.jobs_failed", { n: 1 }));
        await person.page.waitForFunction(() => document.querySelectorAll(".state.bad").length === 2)
            .catch(() => person.fail("not two things are bad"));
        await person.look("broken_overview");
        await person.open("jobs");
        await person.see(person.t("job.has_failed"));
        await person.look("broken_jobs");
    },
};
