import { html } from "../html.js";
import { Mark } from "./marks.js";

export function Cards({ label, children }) {
    return html`<section class="cards states" aria-label=${label}>${children}</section>`;
}

// One thing and whether it is well. facts: what is known beside, the empty ones are left out.
export function Card({ title, mood, state, facts = [] }) {
    return html`<div class="card state ${mood}">
        <h2>${title}</h2>
        <p><${Mark} mood=${mood}>${state}</${Mark}></p>
        ${facts.filter(Boolean).map((fact) => html`<p class="faint">${fact}</p>`)}
    </div>`;
}
