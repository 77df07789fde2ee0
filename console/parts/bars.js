import { html } from "../html.js";
import { number, t } from "../text/text.js";

const N_SHOWN = 12;

// What came how often: rows [[text, n]], the most frequent first. The bar's width says it again.
export function Bars({ label, rows, unit = "", digits = 0 }) {
    if (rows.length === 0) return html`<p class="empty">${t("bars.empty")}</p>`;
    const largest = rows[0][1];
    return html`<ul class="bars" aria-label=${label}>${rows.slice(0, N_SHOWN).map(([text, n]) => html`<li>
        <span>${text}</span> <strong>${number(n, digits)} ${unit}</strong>
        <meter aria-hidden="true" min="0" max=${largest} value=${n}></meter>
    </li>`)}</ul>`;
}
