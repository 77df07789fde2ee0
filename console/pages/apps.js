import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { Field, given } from "../parts/field.js";
import { codeColumn, textColumn } from "../parts/columns.js";
import { Mark, OrNothing } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { useSession } from "../session.js";
import { named, t } from "../text/text.js";

const KINDS = ["mini", "official", "mobile", "web"];

function SecretField({ problem }) {
    return html`<${Field} kind="password" name="secret" label=${t("app.secret")} hint=${t("app.secret_hint")}
        problem=${problem} autocomplete="new-password" required />`;
}

function AddApp({ done }) {
    const { tenant_id: tenant } = useSession();
    return html`<${Act} label=${t("app.add")} text=${t("app.add_text")} isMain done=${done}
        command=${(values) => commands.addApp(tenant, values)}
        run=${(values) => call("POST", "apps", { body: given(values) })}>
        ${(problem) => html`
            <${Field} name="appid" label=${t("app.appid")} hint=${t("app.appid_hint")} problem=${problem} required />
            <${Field} kind="select" name="kind" label=${t("app.kind")} problem=${problem}
                options=${KINDS.map((kind) => [kind, t(`kind.${kind}`)])} />
            <${SecretField} problem=${problem} />
            <${Field} name="open_platform" label=${t("app.open_platform")} hint=${t("app.open_platform_hint")}
                problem=${problem} />`}
    </${Act}>`;
}

function SetSecret({ appid }) {
    return html`<${Act} button=${t("app.set_secret")} label=${t("app.set_secret_of", { appid })}
        text=${t("app.set_secret_text")}
        command=${commands.setSecret(appid)}
        run=${(values) => call("PUT", `apps/${appid}/secret`, { body: values })}>
        ${(problem) => html`<${SecretField} problem=${problem} />`}
    </${Act}>`;
}

export function Apps() {
    const [version, setVersion] = useState(0);
    const columns = [
        codeColumn("app.appid", "appid"),
        { title: t("app.kind"), of: ({ kind }) => named("kind", kind) },
        textColumn("app.open_platform", "open_platform"),
        { title: t("app.default"), of: ({ is_default }) =>
            (is_default ? html`<${Mark} mood="good">${t("app.is_default")}</${Mark}>` : html`<${OrNothing} />`) },
        { title: t("list.acts"), of: ({ appid }) => html`<div class="acts"><${SetSecret} appid=${appid} /></div>` },
    ];
    return html`<p class="lead">${t("apps.lead")}</p>
        <div class="above"><${AddApp} done=${() => setVersion(version + 1)} /></div>
        <${List} path="apps" label=${t("page.apps")} columns=${columns} version=${version} />`;
}
