import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { t } from "../text/text.js";

// A command that does the same as the page, to be copied.
export function Command({ text }) {
    const [isCopied, setIsCopied] = useState(false);
    const copy = () => navigator.clipboard.writeText(text).then(() => setIsCopied(true), () => setIsCopied(false));
    return html`<div class="command" role="group" aria-label=${t("command.label")}>
        <code>${text}</code>
        ${navigator.clipboard && html`<button type="button" class="plain" onClick=${copy}>
            ${isCopied ? t("command.copied") : t("command.copy")}
        </button>`}
    </div>`;
}
