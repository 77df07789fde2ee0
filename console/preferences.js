// What somebody has chosen for this browser: the language and the colours. Without a choice the browser's own hold.
const isDark = matchMedia("(prefers-color-scheme: dark)");

const CHOICES = {
    language: {
        values: ["zh", "en"],
        ofBrowser: () => (/^zh\b/i.test(navigator.language) ? "zh" : "en"),
    },
    theme: {
        values: ["light", "dark"],
        ofBrowser: () => (isDark.matches ? "dark" : "light"),
    },
};

const listeners = new Set();

function stored(name) {
    try {
        return localStorage.getItem(`wxuser.${name}`);
    } catch {
        return null; // the browser keeps nothing for this page
    }
}

export function preference(name) {
    const { values, ofBrowser } = CHOICES[name];
    const chosen = stored(name);
    return values.includes(chosen) ? chosen : ofBrowser();
}

function apply() {
    const { documentElement } = document;
    documentElement.lang = preference("language") === "zh" ? "zh-CN" : "en";
    documentElement.dataset.theme = preference("theme");
    listeners.forEach((listener) => listener());
}

// The other one of the two values.
export function otherPreference(name) {
    return CHOICES[name].values.find((value) => value !== preference(name));
}

export function prefer(name, value) {
    try {
        localStorage.setItem(`wxuser.${name}`, value);
    } catch {
        return;
    }
    apply();
}

// Calls listener after each change; returns what ends that.
export function onPreference(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

isDark.addEventListener("change", apply);
apply();
