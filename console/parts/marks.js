// Small things that many pages show.
import { html } from "../html.js";
import { chineseOf, t } from "../text/text.js";
import { dateTime, day, isElsewhere } from "../time.js";

// The zone of times and days, where the browser has another one.
function Zone() {
    return isElsewhere() ? html` <small class="faint">UTC+8</small>` : null;
}

// An instant; a dash if there is none.
export function Time({ at }) {
    return at ? html`<time datetime=${at}>${dateTime(at)}</time><${Zone} />` : html`<${Nothing} />`;
}

// A day as the service tells it, or that of an instant; a dash if there is none.
export function Day({ on, at }) {
    const text = at ? day(at) : on;
    return text ? html`<time datetime=${text}>${text}</time><${Zone} />` : html`<${Nothing} />`;
}

export function Nothing() {
    return html`<span class="faint" aria-label=${t("mark.nothing")}>—</span>`;
}

export function OrNothing({ text }) {
    return text || text === 0 ? text : html`<${Nothing} />`;
}

// mood: good, bad, warn or none. The mark says it to those who do not see colours.
const SIGNS = { good: "✓", bad: "✕", warn: "!" };

export function Mark({ mood = "", children }) {
    return html`<span class="mark ${mood}">
        ${SIGNS[mood] && html`<span aria-hidden="true">${SIGNS[mood]} </span>`}${children}
    </span>`;
}

export function Code({ children }) {
    return html`<code>${children}</code>`;
}

// [[term, description]]
export function Facts({ of }) {
    return html`<dl class="facts">
        ${of.map(([term, description]) => html`<div><dt>${term}</dt><dd>${description}</dd></div>`)}
    </dl>`;
}

// A sentence of the service, which tells it in English. kind and name: what it is about.
export function OfService({ kind, name, english }) {
    return chineseOf(kind, name) ?? html`<span lang="en">${english}</span>`;
}
