import { html } from "../html.js";
import { codeColumn, textColumn, timeColumn } from "../parts/columns.js";
import { Mark } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { t } from "../text/text.js";

function Signature({ isSigned }) {
    return isSigned
        ? html`<${Mark} mood="good">${t("audit.is_signed")}</${Mark}>`
        : html`<${Mark} mood="bad">${t("audit.is_not_signed")}</${Mark}>`;
}

// The details are an object in JSON; what says nothing is left out.
function Details({ text }) {
    const details = Object.entries(JSON.parse(text || "{}")).filter(([, value]) => value !== null && value !== "");
    return details.length > 0 && html`<br /><span class="faint">
        ${details.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ")}
    </span>`;
}

export function Audit() {
    const columns = [
        timeColumn("list.time", "at"),
        codeColumn("audit.action", "action"),
        { title: t("audit.who"), of: ({ who, actor }) => who || actor },
        { title: t("audit.subject"), of: ({ subject, details }) => html`${subject}<${Details} text=${details} />` },
        textColumn("audit.address", "address"),
        { title: t("audit.signature"), of: ({ is_signed }) => html`<${Signature} isSigned=${is_signed} />` },
    ];
    return html`<p class="lead">${t("audit.lead")}</p>
        <${List} path="audit" label=${t("page.audit")} columns=${columns} />`;
}
