import { html } from "../html.js";
import { textColumn } from "../parts/columns.js";
import { Code, Nothing } from "../parts/marks.js";
import { List } from "../parts/table.js";
import { named, t } from "../text/text.js";

// A region without a code or level has 0 in its place.
const isKnown = (n) => Number(n) !== 0;

export function Communities() {
    const columns = [
        textColumn("community.name", "name"),
        { title: t("community.region"), of: ({ region_code }) => (isKnown(region_code)
            ? html`<${Code}>${region_code}</${Code}>` : html`<${Nothing} />`) },
        { title: t("community.level"), of: ({ region_level }) => (isKnown(region_level)
            ? named("region_level", region_level) : html`<${Nothing} />`) },
        textColumn("community.organisation", "organisation"),
    ];
    return html`<p class="lead">${t("communities.lead")}</p>
        <${List} path="communities" label=${t("page.communities")} columns=${columns} />`;
}
