import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { Field, given } from "../parts/field.js";
import { Code, Day, Mark, OrNothing, Time } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { useSession } from "../session.js";
import { number, t } from "../text/text.js";
import { beginOf, DAY_MS } from "../time.js";

// The limits as the API takes them; rate_per_s is a number there.
function bodyOf({ rate_per_s, ...rest }) {
    return rate_per_s === undefined || rate_per_s === "" ? rest : { ...rest, rate_per_s: Number(rate_per_s) };
}

// The instant at which a last day of UTC+8 ends, as the API takes it.
function withEnd({ expires_at, ...rest }) {
    if (!expires_at) return rest;
    const begin = beginOf(expires_at);
    if (Number.isNaN(begin)) return { ...rest, expires_at };  // no day, which the service refuses
    return { ...rest, expires_at: new Date(begin + DAY_MS).toISOString().replace(".000Z", "Z") };
}

function EndField({ problem }) {
    return html`<${Field} name="expires_at" label=${t("key.expires")} hint=${t("key.expires_hint")}
        pattern="\\d{4}-\\d\\d-\\d\\d" problem=${problem} />`;
}

function LimitFields({ problem, of = { rate_per_s: "", networks: "", apps: "" } }) {
    return html`
        <${Field} kind="number" name="rate_per_s" label=${t("key.rate")} hint=${t("key.rate_hint")} min="1"
            value=${of.rate_per_s} problem=${problem} />
        <${Field} name="networks" label=${t("key.networks")} hint=${t("key.networks_hint")}
            value=${of.networks} problem=${problem} />
        <${Field} name="apps" label=${t("key.apps")} hint=${t("key.apps_hint")} value=${of.apps} problem=${problem} />`;
}

function NewKey({ made }) {
    return html`<p>${t("key.made_text", { name: made.name })}</p>
        <p class="secret"><code>${made.key}</code></p>
        <p class="faint">${t("key.made_use")}</p>`;
}

function AddKey({ done }) {
    const { tenant_id: tenant, scopes } = useSession();
    return html`<${Act} label=${t("key.add")} text=${t("key.add_text")} isMain done=${done}
        command=${(values) => commands.addKey(tenant, values)}
        run=${(values) => call("POST", "keys", { body: bodyOf(withEnd(given(values))) })}
        result=${(made) => html`<${NewKey} made=${made} />`}>
        ${(problem) => html`
            <${Field} name="name" label=${t("key.name")} hint=${t("key.name_hint")} maxlength="64"
                problem=${problem} required />
            <${Field} kind="checks" name="scopes" label=${t("key.scopes")} hint=${t("key.scopes_hint")} problem=${problem}
                options=${scopes.map((scope) => [scope, t(`scope.${scope}`), scope === "read"])} />
            <${LimitFields} problem=${problem} />
            <${EndField} problem=${problem} />`}
    </${Act}>`;
}

// A successor that is revoked or has ended leaves the key to be rotated again, which the service decides.
function RotateKey({ of, reload }) {
    return html`<${Act} button=${t("key.rotate")} label=${t("key.rotate_of", { name: of.name })}
        text=${t("key.rotate_text")} done=${reload} command=${(values) => commands.rotateKey(of.id, values)}
        run=${({ overlap_days, ...values }) => call("POST", `keys/${of.id}/rotate`, {
            body: { ...withEnd(given(values)), overlap_days: Number(overlap_days) },
        })}
        result=${(made) => html`<${NewKey} made=${made} />`}>
        ${(problem) => html`
            <${Field} kind="number" name="overlap_days" label=${t("key.overlap")} hint=${t("key.overlap_hint")}
                value="7" min="0" max="365" problem=${problem} required />
            <${EndField} problem=${problem} />`}
    </${Act}>`;
}

function hasEnded({ expires_at }) {
    return Boolean(expires_at) && Date.parse(expires_at) <= Date.now();
}

function KeyActs({ of, reload }) {
    if (of.revoked_at) return html`<${OrNothing} />`;
    return html`<div class="acts">
        <${Act} button=${t("key.set")} label=${t("key.set_of", { name: of.name })} done=${reload}
            command=${(values) => commands.setKey(of.id, values)}
            run=${(values) => call("PATCH", `keys/${of.id}`, { body: bodyOf(values) })}>
            ${(problem) => html`<${LimitFields} of=${of} problem=${problem} />`}
        </${Act}>
        ${!hasEnded(of) && html`<${RotateKey} of=${of} reload=${reload} />`}
        <${Act} button=${t("key.revoke")} label=${t("key.revoke_of", { name: of.name })} text=${t("key.revoke_text")}
            isDangerous command=${commands.revokeKey(of.id)} done=${reload} run=${() => call("DELETE", `keys/${of.id}`)} />
    </div>`;
}

function Limits({ of: { rate_per_s, networks, apps } }) {
    return html`${number(rate_per_s)} ${t("unit.per_second")}
        ${[networks, apps].filter(Boolean).map((limit) => html`<br /><span class="faint">${limit.replaceAll(",", ", ")}</span>`)}`;
}

function Validity({ of, isOwn }) {
    if (of.revoked_at) return html`<${Mark} mood="bad">${t("key.is_revoked")}</${Mark}> <${Time} at=${of.revoked_at} />`;
    if (hasEnded(of)) return html`<${Mark} mood="bad">${t("key.has_ended")}</${Mark}>`;
    return html`<${Mark} mood="good">${isOwn ? t("key.is_yours") : t("key.is_valid")}</${Mark}>`;
}

function KeyState({ of, isOwn }) {
    return html`<${Validity} of=${of} isOwn=${isOwn} />
        ${of.expires_at && html`<br /><span class="faint">${t("key.ends")} <${Day} at=${Date.parse(of.expires_at) - 1} /></span>`}
        ${of.successor_id && html`<br /><span class="faint">${t("key.successor")} ${of.successor_id}</span>`}`;
}

export function Keys() {
    const session = useSession();
    const [version, setVersion] = useState(0);
    const columns = (reload) => [
        { title: t("key.id"), isNumber: true, of: ({ id }) => html`<${Code}>${id}</${Code}>` },
        { title: t("key.name"), of: ({ name, created_at }) => html`<strong>${name}</strong><br />
            <span class="faint">${t("list.created")} <${Day} at=${created_at} /></span>` },
        { title: t("key.scopes"), of: ({ scopes }) => scopes.join(", ") },
        { title: t("key.set"), of: (key) => html`<${Limits} of=${key} />` },
        { title: t("key.used_on"), of: ({ used_on }) => html`<${Day} on=${used_on} />` },
        { title: t("key.state"), of: (key) => html`<${KeyState} of=${key} isOwn=${key.id === session.key_id} />` },
        { title: t("list.acts"), of: (key) => html`<${KeyActs} of=${key} reload=${reload} />` },
    ];
    return html`<p class="lead">${t("keys.lead")}</p>
        <div class="above"><${AddKey} done=${() => setVersion(version + 1)} /></div>
        <${List} path="keys" label=${t("page.keys")} columns=${columns} version=${version} />`;
}
