// JSX without a build step: html`<p>…</p>` makes what Preact renders.
import { h } from "./vendor/preact/preact.js";
import htm from "./vendor/htm/htm.js";

// Controls, marks of direction and other characters that cannot be seen; but for what joins or changes the character before.
const HIDDEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

// As "wxuserctl" prints it: nothing in a name changes the text around it.
export function shownText(text) {
    return text.replace(HIDDEN, (hidden) => `\\u${hidden.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function shownChild(child) {
    if (Array.isArray(child)) return child.map(shownChild);
    return typeof child === "string" ? shownText(child) : child;
}

export const html = htm.bind((type, props, ...children) => h(type, props, ...children.map(shownChild)));
