import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { Field, given } from "../parts/field.js";
import { codeColumn, textColumn } from "../parts/columns.js";
import { Mark, OrNothing } from "../parts/marks.js";
import { MovedApps } from "../parts/moved_apps.js";
import { ProblemBox } from "../parts/problem.js";
import { List } from "../parts/table.js";
import { useLoaded } from "../parts/use_loaded.js";
import { useSession } from "../session.js";
import { named, number, t } from "../text/text.js";

const KINDS = ["mini", "official", "mobile", "web"];

function SecretField({ problem }) {
    return html`<${Field} kind="password" name="secret" label=${t("app.secret")} hint=${t("app.secret_hint")}
        problem=${problem} autocomplete="new-password" required />`;
}

const MOODS = { taken: "good", refused: "bad", untried: "warn" };

// What WeChat says of an app's stored secret.
function Tried({ of: { state, reason } }) {
    return html`<p><${Mark} mood=${MOODS[state]}>${t(`app.is_${state}`)}</${Mark}></p>
        ${reason && html`<p>${reason}</p>`}
        ${state === "untried" && html`<p class="faint">${t("app.untried_text")}</p>`}`;
}

const trySecret = (appid, options) => call("POST", `apps/${appid}/try`, options);

// It is tried at once, so that a wrong secret is not first seen by those who log in.
function Added({ appid }) {
    const { value, problem, isLoading } = useLoaded((signal) => trySecret(appid, { signal }), [appid]);
    return html`<p>${t("app.was_added", { appid })}</p>
        ${isLoading && html`<p class="faint" aria-busy="true">${t("list.loading")}</p>`}
        ${value && html`<${Tried} of=${value} />`}
        <${ProblemBox} problem=${problem} />`;
}

function Try({ appid }) {
    return html`<${Act} button=${t("app.try")} label=${t("app.try_of", { appid })} text=${t("app.try_text")}
        command=${commands.checkApps()} run=${() => trySecret(appid)}
        result=${(tried) => html`<${Tried} of=${tried} />`} />`;
}

function AddApp({ done }) {
    const { tenant_id: tenant } = useSession();
    return html`<${Act} label=${t("app.add")} text=${t("app.add_text")} isMain done=${done}
        command=${(values) => commands.addApp(tenant, values)}
        run=${(values) => call("POST", "apps", { body: given(values) })}
        result=${({ appid }) => html`<${Added} appid=${appid} />`}>
        ${(problem) => html`
            <${Field} name="appid" label=${t("app.appid")} hint=${t("app.appid_hint")} problem=${problem} required />
            <${Field} kind="select" name="kind" label=${t("app.kind")} problem=${problem}
                options=${KINDS.map((kind) => [kind, t(`kind.${kind}`)])} />
            <${SecretField} problem=${problem} />
            <${Field} name="open_platform" label=${t("app.open_platform")} hint=${t("app.open_platform_hint")}
                problem=${problem} />`}
    </${Act}>`;
}

function SetSecret({ appid, kind }) {
    // WeChat says of these alone whether a secret is right.
    const canBeTried = ["mini", "official"].includes(kind);
    const isUntried = ({ is_untried = [] }) => !canBeTried || is_untried.length > 0;
    return html`<${Act} button=${t("app.set_secret")} label=${t("app.set_secret_of", { appid })}
        text=${t(canBeTried ? "app.set_secret_text" : "app.untried_text")}
        command=${(values) => commands.setSecret(appid, isUntried(values))}
        run=${(values) => call("PUT", `apps/${appid}/secret`,
            { body: { secret: values.secret, is_untried: isUntried(values) } })}>
        ${(problem) => html`<${SecretField} problem=${problem} />
            ${canBeTried && html`<${Field} kind="checks" name="is_untried" label=${t("app.untried")}
                options=${[["true", t("app.untried_do")]]} />`}`}
    </${Act}>`;
}

// What came of telling that an app has moved.
function Moved({ of: { is_undo, users_with_other_unionids: n } }) {
    if (is_undo) return html`<p>${t("app.moved_back")}</p>`;
    return n > 0 ? html`<p><${Mark} mood="good">${t("app.moved_seen", { n: number(n) })}</${Mark}></p>`
        : html`<p><${Mark} mood="warn">${t("app.moved_unseen")}</${Mark}></p><p>${t("app.moved_unseen_text")}</p>`;
}

function SetPlatform({ of: { appid, open_platform }, done }) {
    return html`<${Act} button=${t("app.set_platform")} label=${t("app.set_platform_of", { appid })}
        text=${t("app.set_platform_text")} done=${done}
        command=${(values) => commands.setPlatform(appid, values.open_platform)}
        run=${(values) => call("PUT", `apps/${appid}/open-platform`, { body: values })}
        result=${(moved) => html`<${Moved} of=${moved} />`}>
        ${(problem) => html`<${Field} name="open_platform" label=${t("app.open_platform")}
            hint=${t("app.open_platform_hint")} value=${open_platform} maxlength="64" problem=${problem} required />`}
    </${Act}>`;
}

export function Apps() {
    const [version, setVersion] = useState(0);
    const done = () => setVersion(version + 1);
    const columns = [
        codeColumn("app.appid", "appid"),
        { title: t("app.kind"), of: ({ kind }) => named("kind", kind) },
        textColumn("app.open_platform", "open_platform"),
        { title: t("app.default"), of: ({ is_default }) =>
            (is_default ? html`<${Mark} mood="good">${t("app.is_default")}</${Mark}>` : html`<${OrNothing} />`) },
        { title: t("list.acts"), of: (app) => html`<div class="acts">
            <${Try} appid=${app.appid} />
            <${SetSecret} appid=${app.appid} kind=${app.kind} />
            <${SetPlatform} of=${app} done=${done} /></div>` },
    ];
    return html`<p class="lead">${t("apps.lead")}</p>
        <div class="above"><${AddApp} done=${done} /></div>
        <${List} path="apps" label=${t("page.apps")} columns=${columns} version=${version} />
        <${MovedApps} version=${version} />`;
}
