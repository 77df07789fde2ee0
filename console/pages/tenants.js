import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { Field } from "../parts/field.js";
import { codeColumn, textColumn } from "../parts/columns.js";
import { Code, Mark, Time } from "../parts/marks.js";
import { ProblemBox } from "../parts/problem.js";
import { List } from "../parts/table.js";
import { useLoaded } from "../parts/use_loaded.js";
import { t } from "../text/text.js";

function TenantActs({ of, reload }) {
    const name = of.name;
    const change = (body) => call("PATCH", `tenants/${of.id}`, { body });
    return html`<div class="acts">
        <${Act} button=${t("tenant.rename")} label=${t("tenant.rename_of", { name })} done=${reload}
            command=${(values) => commands.renameTenant(of.id, values.name)} run=${change}>
            ${(problem) => html`<${Field} name="name" label=${t("tenant.name")} value=${name} maxlength="64"
                problem=${problem} required />`}
        </${Act}>
        ${of.disabled_at ? html`
            <${Act} button=${t("tenant.enable")} label=${t("tenant.enable_of", { name })} text=${t("tenant.enable_text")}
                done=${reload} command=${commands.enableTenant(of.id)} run=${() => change({ is_disabled: false })} />` : html`
            <${Act} button=${t("tenant.disable")} label=${t("tenant.disable_of", { name })}
                text=${t("tenant.disable_text")} isDangerous done=${reload}
                command=${commands.disableTenant(of.id)} run=${() => change({ is_disabled: true })} />`}
    </div>`;
}

function TenantState({ of }) {
    if (!of.disabled_at) return html`<${Mark} mood="good">${t("tenant.is_enabled")}</${Mark}>`;
    return html`<${Mark} mood="bad">${t("tenant.is_disabled")}</${Mark}> <${Time} at=${of.disabled_at} />`;
}

const SOURCES = { configured: "good", chosen: "good", only: "good", none: "warn" };

// To which app requests go that name none.
function DefaultApp() {
    const { value, problem, reload } = useLoaded((signal) => call("GET", "default-app", { signal }), []);
    if (!value) return html`<${ProblemBox} problem=${problem} />`;
    return html`<h2>${t("default_app.title")}</h2>
        <p>${value.appid && html`<${Code}>${value.appid}</${Code}> `}<${Mark} mood=${SOURCES[value.source]}>
            ${t(`default_app.${value.source}`)}</${Mark}></p>
        <div class="above"><${Act} label=${t("default_app.choose")} text=${t("default_app.text")} done=${reload}
            command=${({ appid }) => commands.setDefaultApp(appid)}
            run=${(values) => call("PUT", "default-app", { body: values })}>
            ${(problem) => html`<${Field} name="appid" label=${t("app.appid")} value=${value.appid} maxlength="64"
                problem=${problem} required />`}
        </${Act}></div>`;
}

export function Tenants() {
    const [version, setVersion] = useState(0);
    const columns = (reload) => [
        codeColumn("tenant.id", "id"),
        textColumn("tenant.name", "name"),
        { title: t("tenant.state"), of: (tenant) => html`<${TenantState} of=${tenant} />` },
        { title: t("list.acts"), of: (tenant) => html`<${TenantActs} of=${tenant} reload=${reload} />` },
    ];
    return html`<p class="lead">${t("tenants.lead")}</p>
        <div class="above">
            <${Act} label=${t("tenant.add")} text=${t("tenant.add_text")} isMain done=${() => setVersion(version + 1)}
                command=${({ name }) => commands.addTenant(name)} run=${(values) => call("POST", "tenants", { body: values })}>
                ${(problem) => html`<${Field} name="name" label=${t("tenant.name")} maxlength="64"
                    problem=${problem} required />`}
            </${Act}>
        </div>
        <${List} path="tenants" label=${t("page.tenants")} columns=${columns} version=${version} />
        <${DefaultApp} />`;
}
