// Settings, and what the audit says of them.
export const settingJourneys = {
    async setting(person, given) {
        await person.signIn(given.key);
        await person.open("settings");
        await person.press(person.t("setting.change"), given.setting);
        await person.see(given.setting);
        await person.fill("value", "999999");
        await person.see(`wxuserctl tenant set 1 ${given.setting} 999999`);
        // The browser itself refuses what is beyond the range.
        await person.press(person.t("setting.change_of", { name: given.setting }));
        const isValid = await (await person.control("value")).evaluate((input) => input.checkValidity());
        await person.fill("value", given.value);
        await person.press(person.t("setting.change_of", { name: given.setting }));
        await person.seeDialogClose();
        await person.see(person.t("setting.is_changed"));
        return { isValid };
    },

    // What a value would remove is shown before it is set, and anew for another value.
    async setting_removes(person, given) {
        const label = person.t("setting.change_of", { name: given.setting });
        const told = person.t("setting.removes", {
            rows: person.t("retained.members"), old: given.old, stored: given.stored, most: given.most });
        const look = async (value, text) => {
            await person.fill("value", value);
            await person.see(`wxuserctl tenant set ${given.tenant} ${given.setting} ${value}`);
            await person.press(person.t("act.look"));
            await person.see(text);
        };
        await person.signIn(given.key);
        await person.open("settings");
        await person.press(person.t("setting.change"), given.setting);
        await look("9999", person.t("setting.removes_nothing"));
        await look(given.value, told);
        await person.look("setting_removes");
        await person.press(label);
        await person.seeDialogClose();
        await person.see(person.t("setting.is_changed"));
    },

    async audit(person, given) {
        await person.signIn(given.key);
        await person.open("audit");
        await person.see("admin.session_begin");
        const rows = await person.page.$$eval("tbody tr", (all) => all.map((row) => row.innerText));
        return { rows };
    },

    // The entries of one action, of a subject, and none.
    async audit_choice(person, given) {
        const rows = async (n) => {
            await person.page.waitForFunction(
                (wanted) => document.querySelectorAll("main tbody tr").length === wanted, {}, n);
            return person.page.$$eval("main tbody tr", (all) => all.map((row) => row.innerText));
        };
        await person.signIn(given.key);
        await person.open("audit");
        await person.see("admin.session_begin");
        await person.fill("action", "key.add");
        await person.fill("subject", given.subject);
        await person.press(person.t("find.do"));
        await person.see(`wxuserctl audit list --tenant 1 --action key.add --subject '${given.subject}'`);
        const found = await rows(1);
        await person.look("audit_choice");
        await person.fill("who", "nobody");
        await person.press(person.t("find.do"));
        await person.see(person.t("audit.empty"));
        return { found };
    },
};
