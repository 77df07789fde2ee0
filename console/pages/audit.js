import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { commands } from "../commands.js";
import { codeColumn, timeColumn } from "../parts/columns.js";
import { Command } from "../parts/command.js";
import { Field, given, valuesOf } from "../parts/field.js";
import { Mark, Time } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { useSession } from "../session.js";
import { t } from "../text/text.js";

function Signature({ isSigned }) {
    return isSigned
        ? html`<${Mark} mood="good">${t("audit.is_signed")}</${Mark}>`
        : html`<${Mark} mood="bad">${t("audit.is_not_signed")}</${Mark}>`;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

function Detail({ value }) {
    if (typeof value === "string") return INSTANT.test(value) ? html`<${Time} at=${value} />` : value;
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(" ");
    return JSON.stringify(value);
}

// The details are an object in JSON; what says nothing is left out.
function Details({ text }) {
    const details = Object.entries(JSON.parse(text || "{}")).filter(([, value]) => value !== null && value !== "");
    return details.length > 0 && html`<br /><span class="faint">
        ${details.map(([name, value], index) => html`${index > 0 && ", "}${name}: <${Detail} value=${value} />`)}
    </span>`;
}

// Of an action, of a subject, of somebody, or of all of these.
function Choice({ query, setQuery }) {
    const { tenant_id: tenant } = useSession();
    const submit = (event) => {
        event.preventDefault();
        setQuery(given(valuesOf(event.target)));
    };
    return html`<form class="card finding by-three" role="search" onSubmit=${submit}>
        <${Field} name="action" label=${t("audit.action")} hint=${t("audit.action_hint")} maxlength="64" />
        <${Field} name="subject" label=${t("audit.subject")} hint=${t("audit.whole_hint")} maxlength="128" />
        <${Field} name="who" label=${t("audit.who")} hint=${t("audit.whole_hint")} maxlength="160" />
        <button class="main">${t("find.do")}</button>
        <${Command} text=${commands.listAudit(tenant, query)} />
    </form>`;
}

export function Audit() {
    const [query, setQuery] = useState({});
    const columns = [
        timeColumn("list.time", "at"),
        codeColumn("audit.action", "action"),
        { title: t("audit.who"), of: ({ who, actor }) => who || actor },
        { title: t("audit.subject"), of: ({ subject, details }) => html`${subject}<${Details} text=${details} />` },
        codeColumn("audit.address", "address"),
        { title: t("audit.signature"), of: ({ is_signed }) => html`<${Signature} isSigned=${is_signed} />` },
    ];
    return html`<p class="lead">${t("audit.lead")}</p>
        <${Choice} query=${query} setQuery=${setQuery} />
        <${List} path="audit" query=${query} label=${t("page.audit")} columns=${columns} empty=${t("audit.empty")} />`;
}
