// The one place that calls the service. An answer that refuses becomes a Problem.
import { preference } from "./preferences.js";

const ROOT = new URL("../", import.meta.url);

// What the service says of a request that it refused: RFC 9457. Without an answer the status is 0.
export class Problem extends Error {
    constructor(status, members = {}, requestId = null) {
        super(members.title ?? `HTTP ${status}`);
        this.status = status;
        this.code = members.code ?? null;
        this.title = members.title ?? null;
        this.detail = members.detail ?? null;
        this.errors = members.errors ?? [];
        this.requestId = members.request_id ?? requestId;
    }

    // What it says of one member of the request's body.
    of(name) {
        return this.errors.find((error) => error.pointer === `/${name}`)?.detail;
    }
}

let sessionEnded = () => {};

// listener is called when a request is refused because there is no session any more.
export function onSessionEnd(listener) {
    sessionEnded = listener;
}

async function problemOf(response) {
    let members = {};
    try {
        members = await response.json();
    } catch {
        // A web server before the service has answered.
    }
    return new Problem(response.status, members, response.headers.get("X-Request-Id"));
}

// The service tells problems in the language that the request asks for.
async function send(path, { headers, ...options }) {
    const asked = { "Accept-Language": preference("language"), ...headers };
    try {
        return await fetch(new URL(path, ROOT), { cache: "no-store", headers: asked, ...options });
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem(0);
    }
}

async function contentOf(response) {
    if (response.status === 204) return null;
    const isJson = response.headers.get("Content-Type").includes("json");
    return isJson ? response.json() : response.text();
}

async function answerTo(path, options = {}) {
    const response = await send(path, options);
    if (!response.ok) throw await problemOf(response);
    return response;
}

async function ask(path, options) {
    return contentOf(await answerTo(path, options));
}

function withQuery(path, query) {
    const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
    return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
}

// Calls /v1/admin/PATH, and returns the JSON or text of its answer. query: members that say nothing are left out.
export async function call(method, path, { body, query = {}, signal } = {}) {
    const options = { method, signal };
    if (body !== undefined) {
        options.headers = { "Content-Type": "application/json" };
        options.body = JSON.stringify(body);
    }
    try {
        return await ask(withQuery(`v1/admin/${path}`, query), options);
    } catch (problem) {
        if (problem.status === 401) sessionEnded();
        throw problem;
    }
}

// A session, with its ends by the clock of this computer, which may be wrong: endsMs, idleEndsMs.
async function askSession(options) {
    const response = await answerTo("v1/admin/session", options);
    const session = await response.json();
    const ahead = Date.now() - Date.parse(response.headers.get("Date"));
    return { ...session, endsMs: Date.parse(session.ends_at) + ahead, idleEndsMs: Date.parse(session.idle_ends_at) + ahead };
}

// Begins a session; the key goes no further than this request.
export function signIn(key) {
    return askSession({ method: "POST", headers: { Authorization: `Bearer ${key}` } });
}

// The session of this browser; null if there is none. To ask does not make it last.
export async function findSession() {
    try {
        return await askSession();
    } catch (problem) {
        if (problem.status === 401) return null;
        throw problem;
    }
}

// What anybody is told about the service.
export function readiness(signal) {
    return ask("readyz", { signal });
}
