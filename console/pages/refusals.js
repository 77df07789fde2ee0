import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { AppField } from "../parts/app_field.js";
import { Field, valuesOf } from "../parts/field.js";
import { keyOfRefusal, refusalColumns } from "../parts/refusals.js";
import { List } from "../parts/table.js";
import { t } from "../text/text.js";

// Of one app, or of one request: a person who asks has its id from the answer.
export function Refusals() {
    const [query, setQuery] = useState({});
    const submit = (event) => {
        event.preventDefault();
        const { request_id, appid } = valuesOf(event.target);
        setQuery(request_id ? { request_id } : { appid });
    };
    return html`<p class="lead">${t("refusals.lead")}</p>
        <form class="card finding" role="search" onSubmit=${submit}>
            <${AppField} />
            <${Field} name="request_id" label=${t("refusal.request")} hint=${t("refusal.request_hint")} />
            <button class="main">${t("find.do")}</button>
        </form>
        <${List} path="logins/refused" query=${query} label=${t("page.refusals")} columns=${refusalColumns()}
            keyOf=${keyOfRefusal} empty=${t("refusals.empty")} />`;
}
