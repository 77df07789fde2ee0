import { html } from "../html.js";
import { Code, OrNothing } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { named, t } from "../text/text.js";

export function Communities() {
    const columns = [
        { title: t("community.name"), of: ({ name }) => name },
        { title: t("community.region"), of: ({ region_code }) => html`<${Code}>${region_code}</${Code}>` },
        { title: t("community.level"), of: ({ region_level }) => named("region_level", region_level) },
        { title: t("community.organisation"), of: ({ organisation }) => html`<${OrNothing} text=${organisation} />` },
    ];
    return html`<p class="lead">${t("communities.lead")}</p>
        <${List} path="communities" label=${t("page.communities")} columns=${columns} />`;
}
