import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { Field, valuesOf } from "../parts/field.js";
import { codeColumn, timeColumn } from "../parts/columns.js";
import { Code, Facts, Mark, Nothing, Time } from "../parts/marks.js";
import { ProblemBox } from "../parts/problem.js";
import { List } from "../parts/table.js";
import { named, number, t } from "../text/text.js";

const COUNTS = ["users", "unionids", "memberships", "tokens"];
const WARNINGS = ["has_openids_of_one_app", "has_two_members", "has_one_disabled"];

function Moved({ merge }) {
    return html`<${Facts} of=${[
        [t("merge.survivor"), html`<${Code}>${merge.survivor_id}</${Code}>`],
        [t("merge.merged"), html`<${Code}>${merge.merged_id}</${Code}>`],
        ...COUNTS.map((name) => [t(`merge.${name}`), number(merge[name])]),
    ]} />
    ${WARNINGS.filter((name) => merge[name]).map((name) => html`<p><${Mark} mood="warn">${t(`merge.${name}`)}</${Mark}></p>`)}`;
}

// A merge that was done, and its undoing.
function Done({ merge, restart }) {
    return html`<section class="card" aria-label=${t("merge.done")}>
        <h2>${t("merge.done")}</h2>
        <${Moved} merge=${merge} />
        <div class="buttons">
            <button type="button" onClick=${restart}>${t("merge.another")}</button>
            <${Act} label=${t("merge.undo")} text=${t("merge.undo_text")} command=${commands.undoMerge(merge.id)}
                done=${restart} run=${() => call("POST", `merges/${merge.id}/undo`)} />
        </div>
    </section>`;
}

function Preview({ asked, merge, done }) {
    return html`<section class="card" aria-label=${t("merge.preview")}>
        <h2>${t("merge.preview")}</h2>
        <${Moved} merge=${merge} />
        <div class="buttons">
            <${Act} label=${t("merge.do")} text=${t("merge.do_text")} isDangerous
                command=${commands.mergeAccounts(asked.account_id, asked.other_id)} done=${done}
                run=${() => call("POST", "merges", { body: { ...asked, is_dry_run: false } })} />
        </div>
    </section>`;
}

function UndoState({ of: { undo, undone_at } }) {
    return html`<${Mark} mood=${undo === "possible" ? "good" : ""}>${named("undo", undo)}</${Mark}>
        ${undone_at && html`<br /><${Time} at=${undone_at} />`}`;
}

function UndoMerge({ of: { id, undo }, reload }) {
    if (undo !== "possible") return html`<${Nothing} />`;
    return html`<${Act} button=${t("merge.undo_is")} label=${t("merge.undo_of", { id })} text=${t("merge.undo_text")}
        command=${commands.undoMerge(id)} done=${reload} run=${() => call("POST", `merges/${id}/undo`)} />`;
}

// Those that logins have brought, too.
function AllMerges() {
    const columns = (reload) => [
        timeColumn("merge.at", "merged_at"),
        codeColumn("merge.survivor", "survivor_id"),
        codeColumn("merge.merged", "merged_id"),
        { title: t("merge.users"), isNumber: true, of: ({ users }) => number(users) },
        { title: t("merge.undo_is"), of: (merge) => html`<${UndoState} of=${merge} />` },
        { title: t("list.acts"), of: (merge) => html`<${UndoMerge} of=${merge} reload=${reload} />` },
    ];
    return html`<section><h2>${t("merges.all")}</h2>
        <${List} path="merges" label=${t("merges.all")} columns=${columns} empty=${t("merges.empty")} />
    </section>`;
}

export function Merges({ one = "", other = "" }) {
    const [state, setState] = useState({});
    const look = (event) => {
        event.preventDefault();
        const asked = valuesOf(event.target);
        call("POST", "merges", { body: { ...asked, is_dry_run: true } })
            .then((preview) => setState({ asked, preview }), (problem) => setState({ problem }));
    };
    if (state.done) return html`<${Done} merge=${state.done} restart=${() => setState({})} />`;
    return html`<p class="lead">${t("merges.lead")}</p>
        <form class="card" onSubmit=${look}>
            <${Field} name="account_id" label=${t("merge.one")} value=${one} problem=${state.problem} required />
            <${Field} name="other_id" label=${t("merge.other")} value=${other} problem=${state.problem} required />
            <${ProblemBox} problem=${state.problem} fields=${["account_id", "other_id"]} />
            <div class="buttons"><button class="main">${t("merge.look")}</button></div>
        </form>
        ${state.preview && html`<${Preview} asked=${state.asked} merge=${state.preview}
            done=${(done) => setState({ done })} />`}
        <${AllMerges} />`;
}
