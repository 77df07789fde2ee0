// The client for web pages: H5 in WeChat, and sites that log in by WeChat's QR code.
import { createClient } from "./src/client.js";
import { localError } from "./src/errors.js";

const STATE_KEY = "wxuser.state";
const AUTHORIZE = {
    official: "https://open.weixin.qq.com/connect/oauth2/authorize",
    web: "https://open.weixin.qq.com/connect/qrconnect",
};

async function transfer(page, { url, method, headers, body, timeout }, controller) {
    const timer = page.setTimeout(() => controller.abort(), timeout);
    try {
        const response = await page.fetch(url, {
            method, headers, body, signal: controller.signal, credentials: "omit", redirect: "error",
        });
        const names = {};
        response.headers.forEach((value, name) => {
            names[name.toLowerCase()] = value;
        });
        return { status: response.status, headers: names, body: await response.text() };
    } finally {
        page.clearTimeout(timer);
    }
}

function start(page, request) {
    const controller = new page.AbortController();
    return { answer: transfer(page, request, controller), abort: () => controller.abort() };
}

function formOf(page, { filePath, name, formData }) {
    const form = new page.FormData();
    Object.keys(formData).forEach((key) => form.append(key, formData[key]));
    form.append(name, filePath);
    return form;
}

function newState(page) {
    const bytes = page.crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The address of the page without what WeChat has added.
function cleanUrl(page) {
    const url = new page.URL(page.location.href);
    url.search = url.search.slice(1).split("&").filter((pair) => !/^(code|state)(=|$)/.test(pair)).join("&");
    return url.href;
}

function takeStored(page) {
    const text = page.sessionStorage.getItem(STATE_KEY);
    page.sessionStorage.removeItem(STATE_KEY);
    return text === null ? {} : JSON.parse(text);
}

// With what the page was opened: {purpose, code}, or {purpose, error} if WeChat answered what this page did not
// ask, or nothing. The address bar is clean, and the state used up, before anybody looks at them.
function takeAnswer(page, language) {
    const query = new page.URL(page.location.href).searchParams;
    const code = query.get("code");
    const state = query.get("state");
    if (state === null && code === null) return { purpose: null };
    page.history.replaceState(page.history.state, "", cleanUrl(page));
    const asked = takeStored(page);
    if (state === null || state !== asked.state) {
        return { purpose: null, error: localError("state_mismatch", language) };
    }
    if (code === null) return { purpose: asked.purpose, error: localError("login_declined", language) };
    return { purpose: asked.purpose, code };
}

function platformOf(page, taken, language) {
    return {
        loginIsSilent: false,
        request: (request) => start(page, request),
        upload: (request) => start(page, Object.assign({}, request, { body: formOf(page, request) })),
        // The code that the page was opened with, once.
        async login(purpose) {
            if (taken.error !== undefined) throw taken.error;
            const { code } = taken;
            if (code === undefined || taken.purpose !== purpose) {
                throw localError(purpose === "login" ? "not_logged_in" : "fresh_code_needed", language);
            }
            delete taken.code;
            return code;
        },
        storage: {
            get: (key) => page.localStorage.getItem(key),
            set: (key, value) => page.localStorage.setItem(key, value),
            remove: (key) => page.localStorage.removeItem(key),
        },
        delay: (ms) => new Promise((resolve) => page.setTimeout(resolve, ms)),
        now: () => page.Date.now(),
    };
}

// appid: the official account's, or the web site's with kind "web". page: the window, for tests.
export function createWebClient(options) {
    const { appid, kind = "official", language = "zh", page = window } = options;
    const { scope = kind === "web" ? "snsapi_login" : "snsapi_base" } = options;
    const taken = takeAnswer(page, language);
    const client = createClient(Object.assign({}, options, { platform: platformOf(page, taken, language) }));
    return Object.assign(client, {
        // What WeChat has just answered to: "login", "erase", "export", or null if it did not.
        returnedFrom: taken.purpose,
        // Leaves the page for WeChat, which comes back with a code for the purpose.
        authorize(purpose = "login") {
            const state = newState(page);
            page.sessionStorage.setItem(STATE_KEY, JSON.stringify({ state, purpose }));
            const query = new page.URLSearchParams({
                appid, redirect_uri: cleanUrl(page), response_type: "code", scope, state,
            });
            page.location.assign(`${AUTHORIZE[kind]}?${query}#wechat_redirect`);
        },
    });
}
