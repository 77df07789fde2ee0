import { html } from "../html.js";
import { call, readiness } from "../api.js";
import { Card, Cards } from "../parts/cards.js";
import { Days, N_DAYS } from "../parts/days.js";
import { ProblemBox } from "../parts/problem.js";
import { useLoaded } from "../parts/use_loaded.js";
import { t } from "../text/text.js";

function Well({ readiness: { status, database } }) {
    const isReady = status === "ready", answers = database === "ok";
    return html`<${Cards} label=${t("well.title")}>
        <${Card} title=${t("well.service")} mood=${isReady ? "good" : "bad"}
            state=${isReady ? t("well.ready") : t("well.not_ready")} />
        <${Card} title=${t("well.database")} mood=${answers ? "good" : "bad"} state=${answers ? t("well.answers") : database} />
    </${Cards}>`;
}

export function TenantOverview() {
    const well = useLoaded(readiness, []);
    const statistics = useLoaded((signal) => call("GET", "statistics", { query: { days: N_DAYS }, signal }), []);
    return html`<p class="lead">${t("tenant_overview.lead")}</p>
        <${ProblemBox} problem=${well.problem ?? statistics.problem} />
        ${well.value && html`<${Well} readiness=${well.value} />`}
        ${statistics.value && html`<${Days} statistics=${statistics.value.days} />`}`;
}
