import { html } from "../html.js";
import { Bars } from "../parts/bars.js";
import { FurtherCharts, LiveCharts, LiveState } from "../parts/live_charts.js";
import { ProblemBox } from "../parts/problem.js";
import { useLive } from "../parts/use_live.js";
import { named, t } from "../text/text.js";

function rowsOf(sums, textOf) {
    return [...sums].filter(([, n]) => n > 0).sort((one, other) => other[1] - one[1])
        .map(([name, n]) => [textOf(name), n]);
}

const dialectText = (name) => named("dialect", name);
const errorText = (name) => named("error", name);

export function Live() {
    const { reading, points, problem, isWatched } = useLive();
    return html`<p class="lead">${t("live.lead")}</p>
        <${ProblemBox} problem=${problem} />
        <${LiveState} isWatched=${isWatched} />
        <${LiveCharts} points=${points} />
        <${FurtherCharts} points=${points} />
        ${reading && html`<div class="charts">
            <section class="card"><h2>${t("live.by_dialect")}</h2>
                <${Bars} label=${t("live.by_dialect")} rows=${rowsOf(reading.requests, dialectText)} /></section>
            <section class="card"><h2>${t("live.by_error")}</h2>
                <${Bars} label=${t("live.by_error")} rows=${rowsOf(reading.errors, errorText)} /></section>
        </div>`}`;
}
