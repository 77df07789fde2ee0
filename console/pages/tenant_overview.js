import { html } from "../html.js";
import { readiness } from "../api.js";
import { Card, Cards } from "../parts/cards.js";
import { ProblemBox } from "../parts/problem.js";
import { useLoaded } from "../parts/use_loaded.js";
import { t } from "../text/text.js";

export function TenantOverview() {
    const { value, problem } = useLoaded(readiness, []);
    const isWell = value?.status === "ready";
    return html`<p class="lead">${t("tenant_overview.lead")}</p>
        <${ProblemBox} problem=${problem} />
        ${value && html`<${Cards} label=${t("well.title")}>
            <${Card} title=${t("well.service")} mood=${isWell ? "good" : "bad"} state=${isWell ? t("well.ready") : t("well.not_ready")} />
            <${Card} title=${t("well.database")} mood=${value.database === "ok" ? "good" : "bad"}
                state=${value.database === "ok" ? t("well.answers") : value.database} />
        </${Cards}>`}`;
}
