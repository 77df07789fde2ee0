import { html } from "../html.js";
import { codeColumn, timeColumn } from "../parts/columns.js";
import { Nothing, OrNothing } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { spoken, t } from "../text/text.js";

export function Erasures() {
    const columns = [
        timeColumn("list.time", "happened_at"),
        codeColumn("app.appid", "appid"),
        codeColumn("user.openid", "openid"),
        codeColumn("erasure.event", "event"),
        { title: t("erasure.withdrawn"), of: ({ withdrawn, withdrawn_zh }) =>
            html`<${OrNothing} text=${spoken(withdrawn, withdrawn_zh)} />` },
        { title: t("list.acts"), of: ({ user_id }) => (user_id === 0 ? html`<${Nothing} />`
            : html`<a class="button" href="#/users/${user_id}">${t("user.show")}</a>`) },
    ];
    return html`<p class="lead">${t("erasures.lead")}</p>
        <${List} path="erasures" label=${t("page.erasures")} columns=${columns} empty=${t("erasures.empty")}
            keyOf=${({ appid, openid, happened_at }) => `${appid} ${openid} ${happened_at}`} />`;
}
