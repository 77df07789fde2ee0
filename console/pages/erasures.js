import { html } from "../html.js";
import { Code, OrNothing, Time } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { t } from "../text/text.js";

export function Erasures() {
    const columns = [
        { title: t("erasure.happened"), of: ({ happened_at }) => html`<${Time} at=${happened_at} />` },
        { title: t("app.appid"), of: ({ appid }) => html`<${Code}>${appid}</${Code}>` },
        { title: t("user.openid"), of: ({ openid }) => html`<${Code}>${openid}</${Code}>` },
        { title: t("erasure.event"), of: ({ event }) => html`<${Code}>${event}</${Code}>` },
        { title: t("erasure.revoke_info"), of: ({ revoke_info }) => html`<${OrNothing} text=${revoke_info} />` },
    ];
    return html`<p class="lead">${t("erasures.lead")}</p>
        <${List} path="erasures" label=${t("page.erasures")} columns=${columns} empty=${t("erasures.empty")}
            keyOf=${({ appid, openid, happened_at }) => `${appid} ${openid} ${happened_at}`} />`;
}
