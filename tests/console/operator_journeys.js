// What an operator does at the console.
import { ask } from "./browser.js";

export const operatorJourneys = {
    async tenant(person, given) {
        await person.signIn(given.key);
        await person.open("tenants");
        await person.press(person.t("tenant.rename"), given.name);
        await person.fill("name", given.renamed);
        await person.see(`wxuserctl tenant rename ${given.id} ${given.renamed}`);
        await person.press(person.t("tenant.rename_of", { name: given.name }));
        await person.seeDialogClose();
        const { renamed: name } = given;
        await person.see(name);
        await person.act(person.t("tenant.disable_of", { name }), { within: name, button: person.t("tenant.disable") });
        await person.see(person.t("tenant.is_disabled"));
        await person.look("tenant_disabled");
        await person.act(person.t("tenant.enable_of", { name }), { within: name, button: person.t("tenant.enable") });
        await person.seeNot(person.t("tenant.is_disabled"));
    },

    async default_app(person, given) {
        await person.signIn(given.key);
        await person.open("tenants");
        await person.see(person.t("default_app.chosen"));
        await person.press(person.t("default_app.choose"));
        await person.fill("appid", given.appid);
        await person.see(`wxuserctl app set ${given.appid} --default`);
        await person.look("default_app");
        await person.press(person.t("default_app.choose"));
        await person.seeDialogClose();
        await person.see(given.appid);
    },

    // Adds a tenant, makes a job due, sees both in the service's audit.
    async operator_acts(person, given) {
        await person.signIn(given.key);
        await person.see(person.t("tenants.today"));
        await person.open("tenants");
        await person.press(person.t("tenant.add"));
        await person.fill("name", given.name);
        await person.see(`wxuserctl tenant add ${given.name}`);
        await person.look("tenant_add");
        await person.press(person.t("tenant.add"));
        await person.seeDialogClose();
        await person.see(given.name);
        await person.open("jobs");
        const label = person.t("job.run_of", { name: given.job });
        await person.press(person.t("job.run"), given.job);
        await person.see(`wxuserctl jobs run ${given.job}`);
        await person.press(label);
        await person.seeDialogClose();
        await person.see(person.t("act.done", { label }));
        await person.open("audit");
        await person.see("job.run");
        return { rows: await person.page.$$eval("tbody tr", (all) => all.map((row) => row.innerText)) };
    },

    // The service is loaded meanwhile, until the chart says so.
    async live(person, given) {
        await person.signIn(given.key);
        await person.page.waitForSelector(".chart .legend");
        let isLoading = true;
        const load = (async () => {
            while (isLoading) await ask(given, "/v1/users/changes", given.tenant_key);
        })();
        await person.page.waitForFunction(() => {
            const [answered] = document.querySelectorAll(".chart .legend strong");
            return parseFloat(answered.innerText.replaceAll(",", "")) > 5;
        }, { timeout: 60000 }).catch(() => person.fail("the chart does not move"));
        await person.page.waitForFunction(() => {
            const [median] = document.querySelectorAll(".chart:nth-child(2) .legend strong");
            return parseFloat(median.innerText) > 0;
        });
        await person.look("live_loaded");
        isLoading = false;
        await load;
        const drawn = await person.page.$eval(".chart canvas", (canvas) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        });
        return { drawn };
    },

    async maintenance(person, given) {
        await person.signIn(given.key);
        await person.open("maintenance");
        await person.press(person.t("maintenance.begin"));
        await person.see("wxuserctl maintenance on --everywhere");
        await person.press(person.t("maintenance.begin"));
        await person.see(person.t("maintenance.is_on"));
        await person.act(person.t("maintenance.end"));
        await person.press(person.t("maintenance.begin"));
        await person.press(person.t("act.cancel"));
        await person.seeDialogClose();
    },
};
