import { html } from "../html.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { codeColumn, timeColumn } from "../parts/columns.js";
import { Code, OfService, OrNothing } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { t } from "../text/text.js";

function ConflictActs({ conflict, reload }) {
    const { id, account_id, other_account_id } = conflict;
    return html`<div class="acts">
        ${other_account_id && html`<a class="button" href="#/merges/${account_id}/${other_account_id}">${t("merge.look")}</a>`}
        <${Act} button=${t("conflict.dismiss")} label=${t("conflict.dismiss")} text=${t("conflict.dismiss_text")}
            command=${commands.dismissConflict(id)} done=${reload} run=${() => call("POST", `conflicts/${id}/dismiss`)} />
    </div>`;
}

export function Conflicts() {
    const columns = (reload) => [
        timeColumn("conflict.created", "created_at"),
        { title: t("conflict.reason"), of: ({ reason }) =>
            html`<${OfService} kind="conflict" name=${reason} english=${reason} />` },
        { title: t("conflict.accounts"), of: ({ account_id, other_account_id }) =>
            html`<${Code}>${account_id}</${Code}><br /><${Code}><${OrNothing} text=${other_account_id} /></${Code}>` },
        codeColumn("user.unionid", "unionid"),
        { title: t("list.acts"), of: (conflict) => html`<${ConflictActs} conflict=${conflict} reload=${reload} />` },
    ];
    return html`<p class="lead">${t("conflicts.lead")}</p>
        <${List} path="conflicts" label=${t("page.conflicts")} columns=${columns} empty=${t("conflicts.empty")} />`;
}
