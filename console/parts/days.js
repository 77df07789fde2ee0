import { html } from "../html.js";
import { useMemo } from "../vendor/preact/hooks.js";
import { begins, lastDays, refusalsOf } from "../statistics.js";
import { named, number, t } from "../text/text.js";
import { shortDay } from "../time.js";
import { Bars } from "./bars.js";
import { Chart } from "./chart.js";

export const N_DAYS = 28;
const COMPARED = ["logins", "active_users", "new_users", "refused", "sms_codes", "members_bound"];
const DRAWN = ["logins", "refused", "active_users"];

// Today beside the same day a week ago, which is over.
function Compared({ days }) {
    const [weekAgo, today] = [days.at(-8), days.at(-1)];
    return html`<section class="cards" aria-label=${t("day.compared")}>${COMPARED.map((name) => html`<div class="card state">
        <h2>${t(`day.${name}`)}</h2>
        <p class="count">${number(today?.[name] ?? 0)}</p>
        <p class="faint">${t("day.week_ago", { n: number(weekAgo?.[name] ?? 0) })}</p>
    </div>`)}</section>`;
}

// What a tenant's days say: today beside last week, four weeks as a chart, and why logins were refused.
export function Days({ statistics }) {
    const days = useMemo(() => lastDays(statistics, N_DAYS), [statistics]);
    const data = useMemo(() => [begins(N_DAYS), ...DRAWN.map((name) => days.map((day) => day?.[name] ?? 0))], [days]);
    const refusals = refusalsOf(days.slice(-7)).map(([error, n]) => [named("error", error), n]);
    return html`<h2>${t("day.compared")}</h2>
        <${Compared} days=${days} />
        <div class="charts">
            <${Chart} title=${t("day.chart", { n: N_DAYS })} unit=""
                series=${DRAWN.map((name) => t(`day.${name}`))}
                data=${data} xText=${shortDay} />
            <section class="card"><h2>${t("day.refusals")}</h2><${Bars} label=${t("day.refusals")} rows=${refusals} /></section>
        </div>`;
}
