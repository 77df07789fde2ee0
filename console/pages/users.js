import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { AppField } from "../parts/app_field.js";
import { Command } from "../parts/command.js";
import { Field, valuesOf } from "../parts/field.js";
import { textColumn, timeColumn } from "../parts/columns.js";
import { Code, OrNothing } from "../parts/marks.js";
import { ProblemBox } from "../parts/problem.js";
import { List, Table } from "../parts/table.js";
import { STATES, UserState } from "../parts/user_state.js";
import { useSession } from "../session.js";
import { named, t } from "../text/text.js";

// What somebody may be found by, and those that are numbers.
const BY = ["phone", "name", "openid", "unionid", "account_id", "id", "member_id", "external_id"];
const NUMBERS = ["id", "member_id"];

// A member to whom no user is bound has no page of a user.
function Show({ user: { id } }) {
    return id === 0 ? html`<${OrNothing} />` : html`<a class="button" href="#/users/${id}">${t("user.show")}</a>`;
}

function columnsOf(isFound) {
    return [
        { title: t("user.state"), of: (user) => html`<${UserState} of=${user} />` },
        textColumn("user.name", "name"),
        textColumn("user.phone", "phone"),
        { title: t("user.openid"), of: ({ openid, appid }) => html`<${Code}><${OrNothing} text=${openid} /></${Code}><br />
            <span class="faint"><${Code}>${appid}</${Code}></span>` },
        isFound && { title: t("user.matched"), of: ({ matched }) => matched.map((by) => named("matched", by)).join(", ") },
        timeColumn("user.last_login", "last_login_at"),
        { title: t("list.acts"), of: (user) => html`<${Show} user=${user} />` },
    ].filter(Boolean);
}

function Found({ found }) {
    if (found.users.length === 0) return html`<p class="empty" role="status">${t("find.nobody")}</p>`;
    return html`<${Table} label=${t("find.found")} columns=${columnsOf(true)} rows=${found.users}
            keyOf=${({ id, account_id, member_id }) => `${id} ${account_id} ${member_id}`} />
        ${found.has_more && html`<p class="faint">${t("find.more")}</p>`}`;
}

// What is looked for stays out of the address, where the browser's history would keep it.
function Find() {
    const { tenant_id: tenant } = useSession();
    const [by, setBy] = useState("phone");
    const [state, setState] = useState({});
    const submit = (event) => {
        event.preventDefault();
        const { value } = valuesOf(event.target);
        const body = { [by]: NUMBERS.includes(by) ? Number(value) : value };
        call("POST", "users/find", { body }).then((found) => setState({ found }), (problem) => setState({ problem }));
    };
    return html`<section aria-label=${t("find.title")}>
        <form class="card finding" onSubmit=${submit} role="search">
            <${Field} kind="select" name="by" label=${t("find.by")} value=${by}
                options=${BY.map((name) => [name, t(`find.${name}`)])}
                onChange=${(event) => setBy(event.target.value)} />
            <${Field} name="value" label=${t(`find.${by}`)} inputmode=${by === "phone" ? "tel" : undefined} required />
            <button class="main">${t("find.do")}</button>
            ${by !== "external_id" && html`<${Command} text=${commands.findUser(tenant, by)} />`}
            <${ProblemBox} problem=${state.problem} />
        </form>
        ${state.found && html`<${Found} found=${state.found} />`}
    </section>`;
}

function Filters({ filter, setFilter }) {
    const set = (event) => setFilter({ ...filter, [event.target.name]: event.target.value });
    return html`<div class="filters">
        <${Field} kind="select" name="state" label=${t("user.state")} value=${filter.state} onChange=${set}
            options=${[["", t("filter.any")], ...STATES.map((state) => [state, t(`state.${state}`)])]} />
        <${AppField} value=${filter.appid} onChange=${set} />
    </div>`;
}

export function Users() {
    const [filter, setFilter] = useState({ state: "", appid: "" });
    return html`<p class="lead">${t("users.lead")}</p>
        <${Find} />
        <section aria-label=${t("users.all")}>
            <h2>${t("users.all")}</h2>
            <${Filters} filter=${filter} setFilter=${setFilter} />
            <${List} path="users" query=${filter} label=${t("users.all")} columns=${columnsOf(false)} />
        </section>`;
}
