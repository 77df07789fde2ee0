import assert from "node:assert/strict";
import test from "node:test";
import { html, shownText } from "../../console/html.js";

test("what cannot be seen is shown as an escape", () => {
    assert.equal(shownText("shop\u202egnp"), "shop\\u202egnp");
    assert.equal(shownText("\u2066a\u2069\u200b\u0000\u009b\ufeff"), "\\u2066a\\u2069\\u200b\\u0000\\u009b\\ufeff");
    for (const text of ["张 三\u3000", "❤️‍🔥", "a\n\tb", ""]) assert.equal(shownText(text), text);
});

test("so is each text of a page, and no value of an attribute", () => {
    const made = html`<p title=${"a\u202eb"}>who: ${"a\u202eb"} ${["\u200b"]} ${7}</p>`;
    assert.equal(made.props.title, "a\u202eb");
    assert.deepEqual(made.props.children.flat(), ["who: ", "a\\u202eb", " ", "\\u200b", " ", 7]);
});
