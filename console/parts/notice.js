import { html } from "../html.js";
import { useEffect, useState } from "../vendor/preact/hooks.js";

const SHOWN_MS = 8000;
let show = () => {};

// Tells that something is done, for some seconds; screen readers read it out.
export function announce(text) {
    show(text);
}

export function Notice() {
    const [text, setText] = useState("");
    useEffect(() => {
        show = setText;
        return () => { show = () => {}; };
    }, []);
    useEffect(() => {
        if (text === "") return undefined;
        const timer = setTimeout(() => setText(""), SHOWN_MS);
        return () => clearTimeout(timer);
    }, [text]);
    return html`<div class="notice" role="status">${text && html`<p>${text}</p>`}</div>`;
}
