import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import en from "../../console/text/en.js";
import zh from "../../console/text/zh.js";

const CONSOLE = path.resolve(import.meta.dirname, "../../console");
const sources = fs.readdirSync(CONSOLE, { recursive: true })
    .filter((name) => name.endsWith(".js") && !name.startsWith("vendor") && !name.startsWith("text"))
    .map((name) => fs.readFileSync(path.join(CONSOLE, name), "utf8")).join("\n");

// Keys that are written out, and beginnings of those that are put together: t(`page.${name}`), named("kind", …).
const literal = new Set([...sources.matchAll(/"([a-z_]+\.[a-z_0-9]+)"/g)].map(([, key]) => key));
const beginnings = [...sources.matchAll(/`([a-z_]+\.[a-z_]*)\$\{/g)].map(([, beginning]) => beginning)
    .concat([...sources.matchAll(/named\("([a-z_]+)"/g)].map(([, kind]) => `${kind}.`));

test("the languages have the same keys in the same order", () => {
    assert.deepEqual(Object.keys(zh), Object.keys(en));
});

test("a text and its translation have the same names to fill in", () => {
    const names = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(en)) assert.deepEqual(names(zh[key]), names(text), key);
});

test("no text is empty, and only terms are alike in both languages", () => {
    for (const [key, text] of Object.entries(zh)) {
        assert.ok(text.trim() === text && text !== "", key);
        if (text === en[key]) assert.match(text, /^[\w/ %]+$/, key);
    }
});

test("each text that a page asks for is there", () => {
    const asked = [...sources.matchAll(/\bt\("([^"]+)"/g)].map(([, key]) => key);
    assert.ok(asked.length > 100);
    for (const key of asked) assert.ok(key in en, key);
    for (const beginning of beginnings)
        assert.ok(Object.keys(en).some((key) => key.startsWith(beginning)) || beginning.endsWith("."), beginning);
});

test("each text is used", () => {
    for (const key of Object.keys(en))
        assert.ok(literal.has(key) || beginnings.some((beginning) => key.startsWith(beginning)), key);
});

test("each page has a title and each role its first page", async () => {
    const declared = [...fs.readFileSync(path.join(CONSOLE, "routes.js"), "utf8").matchAll(/path: "(.*?)", role: (\w+), name: "(\w+)"/g)];
    assert.ok(declared.length > 12);
    for (const [, , , name] of declared) assert.ok(`page.${name}` in en, name);
    for (const role of ["TENANT_ADMIN", "OPERATOR"])
        assert.equal(declared.filter(([, , of]) => of === role)[0][1], "");
});
