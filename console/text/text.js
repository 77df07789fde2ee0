// The texts of the console in the language that holds. The languages have the same keys.
import { preference } from "../preferences.js";
import en from "./en.js";
import zh from "./zh.js";
import zhOfService from "./zh_of_service.js";

const LANGUAGES = { en, zh };

// The text, with {name} replaced by values.name.
export function t(key, values = {}) {
    return LANGUAGES[preference("language")][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// What a name of the service is called; the name itself if no text tells, since the service may be newer.
export function named(kind, name) {
    const key = `${kind}.${name}`;
    return key in LANGUAGES[preference("language")] ? t(key) : name;
}

// What the service tells in English of a name: its Chinese where Chinese holds and there is one, else null.
export function chineseOf(kind, name) {
    return preference("language") === "zh" ? zhOfService[`${kind}.${name}`] ?? null : null;
}

// Of what the service tells in both languages, that of the language that holds.
export function spoken(en, zh) {
    return preference("language") === "zh" ? zh : en;
}

function locale() {
    return document.documentElement.lang;
}

export function number(value, digits = 0) {
    return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}
