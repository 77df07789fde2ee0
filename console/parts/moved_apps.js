import { html } from "../html.js";
import { call } from "../api.js";
import { number, t } from "../text/text.js";
import { codeColumn, textColumn, timeColumn } from "./columns.js";
import { Code, Mark } from "./marks.js";
import { ProblemBox } from "./problem.js";
import { Table } from "./table.js";
import { useLoaded } from "./use_loaded.js";

const countColumn = (title, member) => ({ title: t(title), isNumber: true, of: (row) => number(row[member]) });

// Apps that have moved to another Open Platform account, and those that WeChat may have moved; nothing if there are none.
export function MovedApps({ version }) {
    const { value, problem } = useLoaded(
        (signal) => call("GET", "apps/moves", { query: { limit: 1000 }, signal }), [version]);
    if (!value) return html`<${ProblemBox} problem=${problem} />`;
    const columns = [
        codeColumn("app.appid", "appid"),
        textColumn("move.from", "from"),
        textColumn("move.to", "to"),
        timeColumn("move.at", "moved_at"),
        countColumn("move.moved", "users_moved"),
        countColumn("move.to_come", "users_to_come"),
        countColumn("move.conflicts", "conflicts"),
    ];
    return html`${value.suspected.map(({ appid, users }) => html`<p key=${appid}>
            <${Code}>${appid}</${Code}> <${Mark} mood="warn">${t("move.suspected", { n: number(users) })}</${Mark}></p>`)}
        ${value.items.length > 0 && html`<h2>${t("move.title")}</h2>
            <${Table} label=${t("move.title")} columns=${columns} rows=${value.items} keyOf=${({ appid }) => appid} />`}`;
}
