import { html } from "../html.js";
import { Code, Mark, OrNothing, Time } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { t } from "../text/text.js";

function Signature({ isSigned }) {
    return isSigned
        ? html`<${Mark} mood="good">${t("audit.is_signed")}</${Mark}>`
        : html`<${Mark} mood="bad">${t("audit.is_not_signed")}</${Mark}>`;
}

// The details are an object in JSON.
function Details({ text }) {
    const details = Object.entries(JSON.parse(text || "{}"));
    return details.length > 0 && html`<br /><span class="faint">
        ${details.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ")}
    </span>`;
}

export function Audit() {
    const columns = [
        { title: t("audit.at"), of: ({ at }) => html`<${Time} at=${at} />` },
        { title: t("audit.action"), of: ({ action }) => html`<${Code}>${action}</${Code}>` },
        { title: t("audit.who"), of: ({ who, actor }) => who || actor },
        { title: t("audit.subject"), of: ({ subject, details }) => html`${subject}<${Details} text=${details} />` },
        { title: t("audit.address"), of: ({ address }) => html`<${OrNothing} text=${address} />` },
        { title: t("audit.signature"), of: ({ is_signed }) => html`<${Signature} isSigned=${is_signed} />` },
    ];
    return html`<p class="lead">${t("audit.lead")}</p>
        <${List} path="audit" label=${t("page.audit")} columns=${columns} />`;
}
