import { html } from "../html.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { Field } from "../parts/field.js";
import { codeColumn, textColumn } from "../parts/columns.js";
import { Facts, Mark, OrNothing } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { useSession } from "../session.js";
import { named, t } from "../text/text.js";

const SHOWN = ["name", "phone", "id_card", "birthday", "address"];

function MemberActs({ member, reload }) {
    const { tenant_id: tenant } = useSession();
    return html`<div class="acts">
        <${Act} button=${t("reveal.do")} label=${t("member.reveal", { id: member.id })} text=${t("reveal.text")}
            run=${() => call("POST", `members/${member.id}/reveal`)}
            result=${(whole) => html`<${Facts} of=${SHOWN.map((name) =>
                [t(`member.${name}`), html`<${OrNothing} text=${whole[name]} />`])} />`} />
        <${Act} button=${t("erase.do")} label=${t("member.erase", { id: member.id })} text=${t("member.erase_text")} isDangerous
            command=${commands.eraseMember(tenant, member.id)} done=${reload}
            run=${(values) => call("POST", `members/${member.id}/erase`, { body: values })}>
            ${(problem) => html`<${Field} name="name" label=${t("member.typed_name")} hint=${t("member.typed_name_hint")}
                problem=${problem} required />`}
        </${Act}>
    </div>`;
}

export function Members() {
    const columns = (reload) => [
        codeColumn("member.id", "id"),
        textColumn("member.name", "name"),
        textColumn("member.phone", "phone"),
        { title: t("member.card_state"), of: ({ card_state }) =>
            html`<${Mark} mood=${card_state === "valid" ? "good" : ""}>${named("card_state", card_state)}</${Mark}>` },
        { title: t("list.acts"), of: (member) => html`<${MemberActs} member=${member} reload=${reload} />` },
    ];
    return html`<p class="lead">${t("members.lead")}</p>
        <${List} path="members" label=${t("page.members")} columns=${columns} />`;
}
