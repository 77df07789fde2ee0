// What can be done with the data of one WeChat user.
import { html } from "../html.js";
import { call } from "../api.js";
import { useEffect, useState } from "../vendor/preact/hooks.js";
import { commands } from "../commands.js";
import { t } from "../text/text.js";
import { Act } from "./act.js";
import { Field } from "./field.js";
import { Code, Facts, OrNothing } from "./marks.js";

const SHOWN = { name: "user.name", phone: "user.phone", openid: "user.openid", unionid: "user.unionid", appid: "user.app" };

export function Reveal({ id }) {
    return html`<${Act} button=${t("user.reveal")} label=${t("user.reveal_of", { id })} text=${t("reveal.text")}
        run=${() => call("POST", `users/${id}/reveal`)}
        result=${(whole) => html`<${Facts} of=${Object.entries(SHOWN).map(([name, title]) =>
            [t(title), html`<${OrNothing} text=${whole[name]} />`])} />`} />`;
}

// A link to the exported data, which the browser saves as a file.
function SavedFile({ id, data }) {
    const [href, setHref] = useState();
    useEffect(() => {
        const url = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
        setHref(url);
        return () => URL.revokeObjectURL(url);
    }, [data]);
    return html`<p>${t("user.exported")}</p>
        <p><a class="button" href=${href} download="user-${id}.json">${t("user.save")}</a></p>`;
}

export function Export({ id }) {
    return html`<${Act} button=${t("user.export")} label=${t("user.export_of", { id })} text=${t("user.export_text")}
        command=${commands.exportUser(id)} run=${() => call("POST", `users/${id}/export`)}
        result=${(data) => html`<${SavedFile} id=${id} data=${data} />`} />`;
}

export function Erase({ id, done }) {
    return html`<${Act} button=${t("erase.do")} label=${t("user.erase_of", { id })} text=${t("user.erase_text")} isDangerous
        command=${commands.eraseUser(id)} done=${done}
        run=${(values) => call("POST", `users/${id}/erase`, { body: values })}
        result=${({ receipt, is_account_erased }) => html`
            <p>${is_account_erased ? t("user.erased_whole") : t("user.erased")}</p>
            <p class="faint">${t("user.receipt")} <${Code}>${receipt}</${Code}></p>`}>
        ${(problem) => html`<${Field} name="name" label=${t("user.typed_name")} hint=${t("user.typed_name_hint")}
            problem=${problem} required />`}
    </${Act}>`;
}
