import { html } from "../html.js";
import { codeColumn, textColumn } from "../parts/columns.js";
import { List } from "../parts/table.js";
import { named, t } from "../text/text.js";

export function Communities() {
    const columns = [
        textColumn("community.name", "name"),
        codeColumn("community.region", "region_code"),
        { title: t("community.level"), of: ({ region_level }) => named("region_level", region_level) },
        textColumn("community.organisation", "organisation"),
    ];
    return html`<p class="lead">${t("communities.lead")}</p>
        <${List} path="communities" label=${t("page.communities")} columns=${columns} />`;
}
