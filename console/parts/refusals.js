import { html } from "../html.js";
import { named, t } from "../text/text.js";
import { codeColumn, timeColumn } from "./columns.js";
import { Code, OrNothing } from "./marks.js";

// The service's own word for it, and the cause that its log has.
function Refusal({ error, reason }) {
    return html`<strong>${named("error", error)}</strong><br />
        <span class="faint"><code>${error}</code> ${reason && html`<span lang="en">${reason}</span>`}</span>`;
}

export function refusalColumns() {
    return [
        timeColumn("list.time", "happened_at"),
        { title: t("refusal.why"), of: (refusal) => html`<${Refusal} ...${refusal} />` },
        { title: t("user.openid"), of: ({ openid, appid, is_claimed }) => html`
            <${Code}><${OrNothing} text=${openid} /></${Code}>
            ${is_claimed && html`<span class="faint"> ${t("refusal.is_claimed")}</span>`}<br />
            <span class="faint"><${Code}>${appid}</${Code}></span>` },
        codeColumn("refusal.client", "client"),
        codeColumn("refusal.request", "request_id"),
    ];
}

export const keyOfRefusal = ({ request_id, happened_at }) => `${request_id} ${happened_at}`;
