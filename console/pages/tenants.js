import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { Field } from "../parts/field.js";
import { textColumn } from "../parts/columns.js";
import { Code } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { t } from "../text/text.js";

export function Tenants() {
    const [version, setVersion] = useState(0);
    const columns = [
        { title: t("tenant.id"), isNumber: true, of: ({ id }) => html`<${Code}>${id}</${Code}>` },
        textColumn("tenant.name", "name"),
    ];
    return html`<p class="lead">${t("tenants.lead")}</p>
        <div class="above">
            <${Act} label=${t("tenant.add")} text=${t("tenant.add_text")} isMain done=${() => setVersion(version + 1)}
                command=${({ name }) => commands.addTenant(name)} run=${(values) => call("POST", "tenants", { body: values })}>
                ${(problem) => html`<${Field} name="name" label=${t("tenant.name")} maxlength="64"
                    problem=${problem} required />`}
            </${Act}>
        </div>
        <${List} path="tenants" label=${t("page.tenants")} columns=${columns} version=${version} />`;
}
