import { html } from "../html.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { Field } from "../parts/field.js";
import { codeColumn } from "../parts/columns.js";
import { Mark } from "../parts/marks.js";
import { ProblemBox } from "../parts/problem.js";
import { Table } from "../parts/table.js";
import { useLoaded } from "../parts/use_loaded.js";
import { useSession } from "../session.js";
import { named, number, spoken, t } from "../text/text.js";

function valueText(value) {
    return named("value", value);
}

function Meaning({ meaning, meaning_zh }) {
    return spoken(meaning, meaning_zh);
}

function ValueField({ setting, problem }) {
    const shared = { name: "value", label: t("setting.value"), value: setting.value, problem };
    if (setting.values === "true|false")
        return html`<${Field} kind="select" ...${shared}
            options=${["true", "false"].map((value) => [value, valueText(value)])} />`;
    const [min, max] = setting.values.split(" to ");
    return html`<${Field} kind="number" ...${shared} min=${min} max=${max} required
        hint=${t("setting.range", { min, max, preset: setting.default })} />`;
}

// What a value would remove: the service counts a part in each answer.
async function countRemoved(name, value) {
    let after = null;
    let old = 0;
    for (;;) {
        const part = await call("GET", `settings/${name}/preview`, { query: { value, after } });
        old += part.old;
        after = part.next;
        if (!after) return { ...part, old };
    }
}

function Removed({ rows, old, stored, at_most_per_day }) {
    if (old === 0) return html`<p>${t("setting.removes_nothing")}</p>`;
    return html`<p><${Mark} mood="warn">${t("setting.removes", { rows: named("retained", rows), old: number(old),
        stored: number(stored), most: number(at_most_per_day) })}</${Mark}></p>`;
}

// The settings of retention remove what is stored.
function lookOf({ name }) {
    return name.startsWith("retain_") && {
        look: ({ value }) => countRemoved(name, value),
        looked: (preview) => html`<${Removed} ...${preview} />`,
    };
}

function Change({ setting, done }) {
    const { tenant_id: tenant } = useSession();
    return html`<${Act} button=${t("setting.change")} label=${t("setting.change_of", { name: setting.name })}
        text=${html`<${Meaning} ...${setting} />`} done=${done} ...${lookOf(setting)}
        command=${({ value }) => commands.setSetting(tenant, setting.name, value || setting.value)}
        run=${(values) => call("PUT", `settings/${setting.name}`, { body: values })}>
        ${(problem) => html`<${ValueField} setting=${setting} problem=${problem} />`}
    </${Act}>`;
}

export function Settings() {
    const { value, problem, reload } = useLoaded((signal) => call("GET", "settings", { signal }), []);
    const columns = [
        codeColumn("setting.name", "name"),
        { title: t("setting.meaning"), of: (setting) => html`<${Meaning} ...${setting} />` },
        { title: t("setting.value"), of: (setting) => html`<strong>${valueText(setting.value)}</strong>
            ${setting.value !== setting.default && html` <${Mark} mood="warn">${t("setting.is_changed")}</${Mark}>`}` },
        { title: t("list.acts"), of: (setting) =>
            setting.by_operator
                ? t("setting.by_operator")
                : html`<div class="acts"><${Change} setting=${setting} done=${reload} /></div>` },
    ];
    return html`<p class="lead">${t("settings.lead")}</p>
        <${ProblemBox} problem=${problem} />
        ${value && html`<${Table} label=${t("page.settings")} columns=${columns} rows=${value.settings}
            keyOf=${({ name }) => name} />`}`;
}
