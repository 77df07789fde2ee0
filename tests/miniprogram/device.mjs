// A platform whose world is a script: answer(request) gives what comes back, or a promise of it, or throws for
// a network that fails. Its clock stands still but for waits.

export const URL = "https://user.example.com";

export function answerOf(status, body, headers = {}) {
    return { status, headers, body: body === undefined ? "" : JSON.stringify(body) };
}

export function problem(status, code, headers, more) {
    return answerOf(status, { title: `title of ${code}`, status, detail: `detail of ${code}`, code, request_id: "r1", ...more }, headers);
}

export class Device {
    constructor(answer) {
        this.sent = [];
        this.waits = [];
        this.stored = new Map();
        this.nCodes = 0;
        this.nAborted = 0;
        this.time = Date.UTC(2026, 0, 1);
        this.answer = answer;
        this.platform = {
            appid: "wx1",
            loginIsSilent: true,
            request: (request) => this.transfer(request),
            upload: (request) => this.transfer(request),
            login: async () => `code${++this.nCodes}`,
            storage: {
                get: (key) => this.stored.get(key) ?? null,
                set: (key, value) => this.stored.set(key, value),
                remove: (key) => this.stored.delete(key),
            },
            delay: async (ms) => {
                this.waits.push(ms);
                this.time += ms;
            },
            now: () => this.time,
        };
    }

    transfer(request) {
        const path = request.url.replace(URL, "");
        const body = request.body === undefined ? undefined : JSON.parse(request.body);
        const token = (request.headers.Authorization || "").replace("Bearer ", "");
        const seen = { ...request, path, body, token };
        this.sent.push(seen);
        const answer = Promise.resolve().then(() => this.answer(seen));
        return { answer, abort: () => this.nAborted++ };
    }

    sentTo(path) {
        return this.sent.filter((request) => request.path === path);
    }

    get state() {
        return JSON.parse(this.stored.get("wxuser") ?? "null");
    }
}

// wxuser as far as tokens go: a token is valid until it expires, is renewed or revoked.
export class Service {
    constructor() {
        this.accountOfCode = () => "a1";
        this.tokens = new Map();
        this.n = 0;
        this.before = () => undefined; // an answer in place of the service's own
        this.answer = (request) => this.before(request) ?? this.own(request);
    }

    give(account) {
        const token = `t${++this.n}`;
        this.tokens.set(token, { account, state: "valid" });
        return { access_token: token, token_type: "Bearer", expires_in: 7200 };
    }

    set(state) {
        this.tokens.forEach((token) => {
            token.state = state;
        });
    }

    own({ path, token, body }) {
        if (path === "/v1/login") return this.login(body);
        const known = this.tokens.get(token);
        if (path === "/v1/logout") {
            if (known) known.state = "revoked";
            return answerOf(204);
        }
        if (known === undefined) return problem(401, "token_unknown");
        if (path === "/v1/token/refresh") return this.refresh(known);
        return known.state === "valid" ? answerOf(200, { account: known.account, path }) : problem(401, `token_${known.state}`);
    }

    login({ code }) {
        const account = this.accountOfCode(code);
        return answerOf(200, {
            ...this.give(account), is_new: false, account: { account_id: account, previous_account_ids: this.previous ?? [] },
        });
    }

    refresh(known) {
        if (known.state === "revoked") return problem(401, "token_revoked");
        known.state = "expired";
        return answerOf(200, this.give(known.account));
    }
}

// A promise that the test settles.
export function gate() {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { open: resolve, fail: reject }));
    return made;
}

// What a promise rejects with.
export async function errorOf(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error("it did not reject");
}
