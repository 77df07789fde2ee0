import { html } from "../html.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Command } from "../parts/command.js";
import { codeColumn, textColumn, timeColumn } from "../parts/columns.js";
import { Code, Facts, Mark, Nothing, OrNothing, Time } from "../parts/marks.js";
import { ProblemBox } from "../parts/problem.js";
import { keyOfRefusal, refusalColumns } from "../parts/refusals.js";
import { Table } from "../parts/table.js";
import { useLoaded } from "../parts/use_loaded.js";
import { AccountActs, SetFlag } from "../parts/account_acts.js";
import { Erase, Export, Reveal } from "../parts/person_acts.js";
import { UserState } from "../parts/user_state.js";
import { named, number, t } from "../text/text.js";

function Account({ person }) {
    const facts = [
        [t("user.state"), html`<${UserState} of=${person} />`],
        [t("user.account"), html`<${Code}><${OrNothing} text=${person.account_id} /></${Code}>`],
        [t("list.created"), html`<${Time} at=${person.created_at} />`],
        [t("user.disabled"), person.disabled_at && html`<${Time} at=${person.disabled_at} />`],
        [t("user.tenant_disabled"), person.tenant_disabled_at && html`<${Time} at=${person.tenant_disabled_at} />
            <p class="faint">${t("user.tenant_disabled_text")}</p>`],
        [t("user.locked_until"), person.locked_until && html`<${Time} at=${person.locked_until} />`],
        [t("user.erases"), person.erases_at && html`<${Time} at=${person.erases_at} />`],
        [t("user.is_risk"), person.is_risk && html`<${Mark} mood="warn">${t("user.is_risk")}</${Mark}>`],
        [t("user.confirmed_phone"), html`<${ConfirmedPhone} of=${person.confirmed_phone} />`],
        [t("user.flags"), person.flags.map(({ name, value }) =>
            html`<${Code}>${name}</${Code}> ${named("value", value)} `)],
        [t("user.memberships"), person.memberships > 0 && number(person.memberships)],
        [t("user.previous"), person.previous_account_ids.map((id) => html`<${Code}>${id}</${Code}> `)],
    ];
    return html`<section class="card"><h2>${t("user.account")}</h2>
        <${Facts} of=${facts.filter(([, what]) => what && what.length !== 0)} /></section>`;
}

function ConfirmedPhone({ of }) {
    if (!of) return html`<${Nothing} />`;
    return html`<${OrNothing} text=${of.number} /> <span class="faint">${named("confirmed_by", of.by)}</span>
        ${" "}<${Mark} mood=${of.counts ? "good" : "warn"}>
            ${of.counts ? t("user.phone_counts") : t("user.phone_is_old")}</${Mark}>`;
}

// The lists of a person: title, what each row is known by, and columns. An empty one is left out.
const lists = () => [
    { name: "users", keyOf: ({ id }) => id, columns: [
        codeColumn("find.id", "id"),
        { title: t("user.app"), of: (user) => html`<${Code}><${OrNothing} text=${user.appid} /></${Code}>
            ${" "}<span class="faint">${user.kind && named("kind", user.kind)}</span>` },
        codeColumn("user.openid", "openid"),
        textColumn("user.name", "name"),
        timeColumn("user.last_login", "last_login_at"),
    ] },
    { name: "phones", keyOf: (phone) => `${phone.of} ${phone.id}`, columns: [
        textColumn("user.phone", "number"),
        { title: t("user.phone_of"), of: (phone) => named("phone_of", phone.of) },
        { title: t("user.phone_confirmed"), of: ({ is_confirmed }) =>
            (is_confirmed ? html`<${Mark} mood="good">${t("user.is_confirmed")}</${Mark}>` : html`<${Nothing} />`) },
    ] },
    { name: "members", keyOf: ({ id }) => id, columns: [
        codeColumn("member.id", "id"),
        textColumn("member.name", "name"),
        textColumn("member.phone", "phone"),
        { title: t("member.card_state"), of: ({ card_state }) => named("card_state", card_state) },
    ] },
    { name: "sessions", keyOf: ({ id }) => id, columns: [
        timeColumn("login.began", "began_at"),
        codeColumn("user.app", "appid"),
        { title: t("login.state"), of: ({ state }) =>
            html`<${Mark} mood=${state === "live" ? "good" : ""}>${named("login_state", state)}</${Mark}>` },
        timeColumn("login.renewed", "renewed_at"),
        timeColumn("login.expires", "expires_at"),
    ] },
    { name: "refusals", keyOf: keyOfRefusal, columns: refusalColumns() },
    { name: "merges", keyOf: ({ id }) => id, columns: [
        codeColumn("merge.merged", "account_id"),
        timeColumn("merge.at", "merged_at"),
        timeColumn("merge.undone_at", "undone_at"),
    ] },
];

function Lists({ person }) {
    return lists().filter(({ name }) => person[name].length > 0).map(({ name, keyOf, columns }) => html`<section key=${name}>
        <h2>${t(`person.${name}`)}</h2>
        <${Table} label=${t(`person.${name}`)} columns=${columns} rows=${person[name]} keyOf=${keyOf} />
    </section>`);
}

// One person: what is known, why a login was refused, and what can be done.
export function User({ id }) {
    const { value: person, problem, reload } = useLoaded((signal) => call("GET", `users/${id}`, { signal }), [id]);
    return html`<p class="lead">${t("user.lead")} <a href="#/users">${t("user.back")}</a></p>
        <${ProblemBox} problem=${problem} />
        ${person && html`
            <div class="above">
                <${Reveal} id=${id} />
                <${Export} id=${id} />
                ${person.account_id && html`<a class="button" href="#/merges/${person.account_id}">${t("user.merge")}</a>`}
                <${AccountActs} account=${person.account_id} state=${person.state} done=${reload} />
                <${SetFlag} account=${person.account_id} done=${reload} />
                <${Erase} id=${id} done=${() => { location.hash = "#/users"; }} />
            </div>
            <${Command} text=${commands.showUser(id)} />
            <${Account} person=${person} />
            ${person.refusals.length === 0 && html`<p class="faint">${t("user.no_refusals")}</p>`}
            <${Lists} person=${person} />`}`;
}
