import { html } from "../html.js";
import { call } from "../api.js";
import { Bars } from "../parts/bars.js";
import { Card, Cards } from "../parts/cards.js";
import { LiveCharts, LiveState } from "../parts/live_charts.js";
import { ProblemBox } from "../parts/problem.js";
import { TenantsToday } from "../parts/tenants_today.js";
import { useLive } from "../parts/use_live.js";
import { useLoaded } from "../parts/use_loaded.js";
import { named, number, t } from "../text/text.js";

const OF_WRONG_SMS = ["refused", "configuration", "unreached", "failed"];

function databaseOf(health) {
    const isWell = health.database === "ok";
    return { mood: isWell ? "good" : "bad", state: isWell ? t("well.answers") : health.database,
        facts: [health.database_host, health.database_state] };
}

function wechatOf(health, openBreakers) {
    const age = health.wechat_success_age_s;
    const success = age < 0 ? t("well.no_success") : t("well.success_age", { n: number(age) });
    const facts = [success, health.is_sandbox && t("well.sandbox")];
    if (health.wechat_refuses_address)
        return { mood: "bad", state: t("well.refuses_address", { address: health.wechat_refuses_address }), facts };
    if (openBreakers.length > 0)
        return { mood: "bad", state: t("well.breaker", { host: openBreakers[0].host }), facts };
    return { mood: "good", state: t("well.no_failure"), facts };
}

function smsOf(sms) {
    const n = (names) => names.reduce((total, name) => total + (sms.get(name) ?? 0), 0);
    const nWrong = n(OF_WRONG_SMS);
    return { mood: nWrong > 0 ? "warn" : "good", state: t("well.sms_sent", { n: number(n(["sent"])) }),
        facts: [t("well.sms_wrong", { n: number(nWrong) })] };
}

// All may be full for a moment, with the requests of this page alone; not for two readings.
function moodOfWorkers({ busy, idle, full, configured }, before) {
    if (busy + idle === 0) return "bad";
    const wereFull = before !== undefined && before.full === before.configured;
    return (full === configured && wereFull) || busy + idle < configured ? "warn" : "good";
}

function workersOf(workers, before) {
    const { busy, idle, configured } = workers;
    return { mood: moodOfWorkers(workers, before),
        state: t("well.workers", { idle: number(idle), busy: number(busy) }),
        facts: [t("well.configured", { n: number(configured) })] };
}

function jobsOf(jobs) {
    const failed = jobs.filter(({ failed_at }) => failed_at);
    return { mood: failed.length > 0 ? "bad" : "good", facts: failed.map(({ name }) => name),
        state: failed.length > 0 ? t("well.jobs_failed", { n: failed.length }) : t("well.jobs_well") };
}

function maintenanceOf({ everywhere, here }) {
    return everywhere || here
        ? { mood: "warn", state: t("maintenance.is_on"), facts: [] }
        : { mood: "good", state: t("maintenance.is_off"), facts: [] };
}

function WellCards({ well, reading, before }) {
    return html`<${Cards} label=${t("well.title")}>
        <${Card} title=${t("well.database")} ...${databaseOf(well.health)} />
        <${Card} title=${t("well.wechat")} ...${wechatOf(well.health, reading.openBreakers)} />
        <${Card} title=${t("well.sms")} ...${smsOf(reading.sms)} />
        ${reading.workers.map((workers, index) =>
            html`<${Card} title=${t(`well.workers_${workers.pool}`)} ...${workersOf(workers, before?.workers[index])} />`)}
        <${Card} title=${t("page.jobs")} ...${jobsOf(well.jobs)} />
        <${Card} title=${t("page.maintenance")} ...${maintenanceOf(well.maintenance)} />
    </${Cards}>`;
}

async function loadWell(signal) {
    const [health, { jobs }, maintenance] = await Promise.all(
        ["health", "jobs", "maintenance"].map((path) => call("GET", path, { signal })));
    return { health, jobs, maintenance };
}

export function ServiceOverview() {
    const live = useLive();
    const { value, problem } = useLoaded(loadWell, []);
    const errors = (live.points.at(-1)?.byError ?? []).map(([error, rate]) => [named("error", error), rate]);
    return html`<p class="lead">${t("service_overview.lead", { version: live.reading?.version ?? "" })}</p>
        <${ProblemBox} problem=${problem ?? live.problem} />
        ${value && live.reading && html`<${WellCards} well=${value} reading=${live.reading} before=${live.before} />`}
        <${LiveState} isWatched=${live.isWatched} />
        <${LiveCharts} points=${live.points} />
        <section class="card"><h2>${t("live.by_error_now")}</h2>
            <${Bars} label=${t("live.by_error_now")} rows=${errors} unit=${t("unit.per_second")} digits=${2} /></section>
        <${TenantsToday} />`;
}
