import { html } from "../html.js";
import { useMemo } from "../vendor/preact/hooks.js";
import { t } from "../text/text.js";
import { second } from "../time.js";
import { Chart } from "./chart.js";
import { Mark } from "./marks.js";

function LiveChart({ points, title, unit, of }) {
    const valuesOf = (member) => points.map((point) => point[member]);
    const data = useMemo(() => [valuesOf("at"), ...of.map(([, member]) => valuesOf(member))], [points]);
    return html`<${Chart} title=${title} unit=${unit} series=${of.map(([label]) => label)}
        data=${data} xText=${second} leastSpan=${60} />`;
}

// Requests and how long they took, of the host that answers.
export function LiveCharts({ points }) {
    return html`<div class="charts">
        <${LiveChart} points=${points} title=${t("live.requests")} unit=${t("unit.per_second")}
            of=${[[t("live.all"), "requests"], [t("live.refused"), "refusals"]]} />
        <${LiveChart} points=${points} title=${t("live.latency")} unit="ms"
            of=${[[t("live.p50"), "p50"], [t("live.p95"), "p95"], [t("live.p99"), "p99"]]} />
    </div>`;
}

export function FurtherCharts({ points }) {
    return html`<div class="charts">
        <${LiveChart} points=${points} title=${t("live.database")} unit=${t("unit.per_second")}
            of=${[[t("live.statements"), "statements"]]} />
        <${LiveChart} points=${points} title=${t("live.remote")} unit=${t("unit.per_second")}
            of=${[[t("live.calls"), "remoteCalls"]]} />
        <${LiveChart} points=${points} title=${t("live.queue")} unit="ms" of=${[[t("live.p95"), "queueP95"]]} />
    </div>`;
}

export function LiveState({ isWatched }) {
    return isWatched ? null : html`<p><${Mark} mood="warn">${t("live.rests")}</${Mark}></p>`;
}
