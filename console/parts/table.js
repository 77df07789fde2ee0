import { html } from "../html.js";
import { useEffect, useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { t } from "../text/text.js";
import { ProblemBox } from "./problem.js";
import { useLoaded } from "./use_loaded.js";

// Rows in columns [{title, of(row), isNumber}]. The roles stay where a narrow page shows each row as a card.
export function Table({ label, columns, rows, keyOf = (row) => row.id }) {
    return html`<div class="table"><table role="table" aria-label=${label}>
        <thead role="rowgroup"><tr role="row">
            ${columns.map(({ title, isNumber }) =>
                html`<th role="columnheader" scope="col" class=${isNumber ? "number" : ""}>${title}</th>`)}
        </tr></thead>
        <tbody role="rowgroup">${rows.map((row) => html`<tr role="row" key=${keyOf(row)}>
            ${columns.map(({ title, of, isNumber }) =>
                html`<td role="cell" data-title=${title} class=${isNumber ? "number" : ""}><div>${of(row)}</div></td>`)}
        </tr>`)}</tbody>
    </table></div>`;
}

const N_OF_PAGE = 50;

// A list of the Admin API, page by page. columns: as a Table's, or a function of reload(), which asks for the page
// again. empty: what stands there if there is nothing. When version changes, it is asked again.
export function List({ path, query = {}, label, columns, keyOf, empty, version }) {
    const [pages, setPages] = useState([null]); // "after" of each page up to the one that is shown
    const asked = JSON.stringify([path, query]);
    useEffect(() => setPages([null]), [asked]);
    const after = pages.at(-1);
    const list = useLoaded(
        (signal) => call("GET", path, { query: { limit: N_OF_PAGE, ...query, after }, signal }),
        [asked, after, version],
    );
    if (list.problem) return html`<${ProblemBox} problem=${list.problem} />`;
    if (!list.value) return html`<p class="faint" aria-busy="true">${t("list.loading")}</p>`;
    const { items, next } = list.value;
    if (items.length === 0 && pages.length === 1 && !next) return html`<p class="empty">${empty ?? t("list.empty")}</p>`;
    const columnsHere = typeof columns === "function" ? columns(list.reload) : columns;
    return html`<${Table} label=${label} columns=${columnsHere} rows=${items} keyOf=${keyOf} />
        ${(next || pages.length > 1) && html`<nav class="pages" aria-label=${t("list.pages")}>
            <button type="button" disabled=${pages.length === 1} onClick=${() => setPages(pages.slice(0, -1))}>
                ${t("list.back")}</button>
            <span>${t("list.page", { n: pages.length })}</span>
            <button type="button" disabled=${!next} onClick=${() => setPages([...pages, next])}>${t("list.next")}</button>
        </nav>`}`;
}
