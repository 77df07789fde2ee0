import { html } from "../html.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { timeColumn } from "../parts/columns.js";
import { Code, Mark, OfService, Time } from "../parts/marks.js";
import { ProblemBox } from "../parts/problem.js";
import { Table } from "../parts/table.js";
import { useLoaded } from "../parts/use_loaded.js";
import { number, t } from "../text/text.js";

function JobState({ job }) {
    if (job.failed_at) return html`<${Mark} mood="bad">${t("job.has_failed")}</${Mark}> <${Time} at=${job.failed_at} />`;
    if (job.done_by) return html`<${Mark}>${t("job.is_running")}</${Mark}>`;
    return html`<${Mark} mood="good">${t("job.is_well")}</${Mark}>`;
}

function Run({ name, done }) {
    return html`<${Act} button=${t("job.run")} label=${t("job.run_of", { name })} text=${t("job.run_text")}
        command=${commands.runJob(name)} done=${done} run=${() => call("POST", `jobs/${name}/run`)} />`;
}

export function Jobs() {
    const { value, problem, reload } = useLoaded((signal) => call("GET", "jobs", { signal }), []);
    const columns = [
        { title: t("job.name"), of: ({ name, does }) => html`<${Code}>${name}</${Code}><br />
            <span class="faint"><${OfService} kind="job" name=${name} english=${does} /></span>` },
        timeColumn("job.ended", "ended_at"),
        { title: t("job.rows"), isNumber: true, of: ({ rows }) => number(rows) },
        { title: t("job.state"), of: (job) => html`<${JobState} job=${job} />` },
        { title: t("job.due"), of: ({ due_at }) => (due_at ? html`<${Time} at=${due_at} />` : t("job.is_due")) },
        { title: t("list.acts"), of: ({ name }) => html`<div class="acts"><${Run} name=${name} done=${reload} /></div>` },
    ];
    return html`<p class="lead">${t("jobs.lead")}</p>
        <div class="above"><button type="button" onClick=${reload}>${t("list.reload")}</button></div>
        <${ProblemBox} problem=${problem} />
        ${value && html`<${Table} label=${t("page.jobs")} columns=${columns} rows=${value.jobs}
            keyOf=${({ name }) => name} />`}`;
}
