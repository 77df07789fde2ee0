'use strict';

// The errors of this client: Error objects with a code for programs and a text for people.

const TEXTS = {
    not_logged_in: ["请先登录", "Log in first"],
    fresh_code_needed: ["请先在微信中确认", "Confirm it in WeChat first"],
    logged_out: ["已退出登录", "Logged out"],
    other_user: ["登录的用户已更换", "Another user has logged in"],
    network: ["网络连接失败，请稍后重试", "The network has failed, try again later"],
    login_failed: ["微信登录失败，请重试", "The login at WeChat has failed, try again"],
    login_declined: ["您没有授权登录", "The login was declined"],
    phone_declined: ["您没有授权手机号", "The phone number was declined"],
    state_mismatch: ["登录请求已失效，请重新登录", "The answer belongs to no login of this page, log in again"],
    unreadable_answer: ["服务器的返回无法读取", "The answer of the server cannot be read"],
};

function newError(title, members) {
    return Object.assign(new Error(title), { name: "WxuserError" }, members);
}

// Of a failure on this side; reason: what the platform says of it, for the log.
function localError(code, language, reason) {
    const text = TEXTS[code][language === "en" ? 1 : 0];
    return newError(text, {
        code, status: 0, detail: text, requestId: null, errors: [], retryAfter: null, problem: {}, reason,
    });
}

function parseObject(text) {
    try {
        const value = JSON.parse(text);
        return value !== null && typeof value === "object" ? value : {};
    } catch (error) {
        return {};
    }
}

function secondsOf(header) {
    return /^\d+$/.test(header) ? Number(header) : null;
}

// Of a problem document (RFC 9457). A web server's own refusal is none and gets the code http_STATUS.
function problemError(answer) {
    const problem = parseObject(answer.body);
    const title = problem.title || `HTTP ${answer.status}`;
    return newError(title, {
        code: problem.code || `http_${answer.status}`,
        status: answer.status,
        detail: problem.detail || title,
        requestId: problem.request_id || answer.headers["x-request-id"] || null,
        errors: problem.errors || [],
        retryAfter: secondsOf(answer.headers["retry-after"]),
        problem,
    });
}

function unreadable(answer, language, reason) {
    const error = localError("unreadable_answer", language, reason);
    return Object.assign(error, { status: answer.status, requestId: answer.headers["x-request-id"] || null });
}

// What an answer holds: undefined if it has no body. Throws what is no success, and what is of another shape.
function readAnswer(answer, language, isRight = () => true) {
    if (answer.status < 200 || answer.status > 299) throw problemError(answer);
    let value;
    try {
        if (answer.body !== "") value = JSON.parse(answer.body);
    } catch (failure) {
        throw unreadable(answer, language, String(failure));
    }
    if (!isRight(value)) throw unreadable(answer, language, "the answer has another shape");
    return value;
}

// One request and its answer, sent again as far as that does no harm.

const ATTEMPTS = 3;
const FIRST_WAIT_MS = 300;
const PATIENCE_MS = 20000;

// For how long after the first sending the request may be sent again though the outcome of that is unknown.
function repeatableMs(request) {
    if (request.repeatableMs !== undefined) return request.repeatableMs;
    return ["GET", "PUT", "DELETE"].indexOf(request.method) === -1 ? 0 : PATIENCE_MS;
}

function waitMs(attempt, answer) {
    const seconds = answer === null ? null : problemError(answer).retryAfter;
    return seconds === null ? FIRST_WAIT_MS * Math.pow(2, attempt - 1) : seconds * 1000;
}

// 429 is refused before anything is done. Of the other failures the outcome is unknown, and those of WeChat
// are not mended by the same request.
function isWorthRepeating(request, answer, elapsed) {
    if (answer !== null && answer.status === 429) return true;
    if (elapsed >= repeatableMs(request)) return false;
    if (answer === null) return true;
    return answer.status >= 502 && answer.status <= 504 && problemError(answer).code.indexOf("wechat_") !== 0;
}

// {answer: null, failure} if none came.
async function transfer(session, platform, request) {
    if (session.error !== null) throw session.error;
    const task = platform[request.filePath === undefined ? "request" : "upload"](request);
    try {
        return { answer: await session.until(task.answer, task.abort) };
    } catch (failure) {
        if (session.error !== null) throw session.error;
        return { answer: null, failure };
    }
}

// The answer, of whatever status; an error if none came, or if the session has ended.
async function exchange(session, { platform, language, maxWaitMs }, request) {
    const began = platform.now();
    for (let attempt = 1; ; attempt++) {
        const { answer, failure } = await transfer(session, platform, request);
        const wait = waitMs(attempt, answer);
        const elapsed = platform.now() - began + wait;
        if (attempt === ATTEMPTS || wait > maxWaitMs || !isWorthRepeating(request, answer, elapsed)) {
            if (answer === null) throw localError("network", language, failure);
            return answer;
        }
        // Not all that wait come back at the same moment.
        await session.until(platform.delay(wait + Math.random() * FIRST_WAIT_MS));
    }
}

// The login of one person on this device, from the moment it begins until that person logs out or another
// one logs in. Whatever waits for the outside on behalf of that person waits by until(), so that it ends
// with the session and is never continued for anybody else.
class Session {
    constructor(state) {
        this.state = state; // what is stored of the login; null before it has succeeded
        this.renewal = null; // a promise while the token is renewed
        this.error = null; // why it has ended
        this.waiting = new Set();
    }

    // What promise gives, or the error by which the session ends before; abort stops the work behind it.
    until(promise, abort) {
        return new Promise((resolve, reject) => {
            const end = (error) => {
                reject(error);
                if (abort) abort();
            };
            const settle = (settled) => (value) => {
                this.waiting.delete(end);
                settled(value);
            };
            promise.then(settle(resolve), settle(reject));
            if (this.error === null) this.waiting.add(end);
            else end(this.error);
        });
    }

    end(error) {
        this.error = error;
        this.waiting.forEach((end) => end(error));
        this.waiting.clear();
    }
}

// The client of wxuser's own API, /v1, for one person at a time.

const TIMEOUT_MS = 15000;
const UPLOAD_TIMEOUT_MS = 60000;
const RENEW_BEFORE_MS = 5 * 60 * 1000;
// The service repeats a renewal for 10 s, and the answer to a code for 60 s; a part of that is left to the way.
const REFRESH = { method: "POST", path: "/v1/token/refresh", timeout: 5000, repeatableMs: 8000 };
const CODE_REPEATABLE_MS = 50000;
const TOKEN_REFUSED = ["token_expired", "token_unknown", "token_revoked"];
// After these a new code may succeed where this one did not.
const NEW_CODE_MAY_HELP = ["code_spent", "code_pending", "code_invalid"];
// A request is sent with one token, with a renewed one, and with that of a new login.
const TOKENS = 3;

function isToken(answer) {
    return Boolean(answer) && typeof answer.access_token === "string" && typeof answer.expires_in === "number";
}

function isLogin(answer) {
    return isToken(answer) && Boolean(answer.account) && typeof answer.account.account_id === "string" &&
        Array.isArray(answer.account.previous_account_ids);
}

function isSamePerson(accountId, account) {
    return account.account_id === accountId || account.previous_account_ids.indexOf(accountId) !== -1;
}

// Whether the service will refuse the next login, too, or there is no way to log in without the person.
function isFinal(error) {
    return error.code === "not_logged_in" || (error.status >= 400 && error.status < 500 && error.status !== 429);
}

function isOutcomeUnknown(error) {
    return error.code === "network" || error.status >= 500;
}

/** @typedef {import("../index.js").Client} Typings */

/** @implements {Typings} */
class Client {
    constructor({ url, platform, appid, language = "zh", storageKey = "wxuser", maxWaitMs = 10000 }) {
        this.url = url.replace(/\/+$/, "");
        this.platform = platform;
        this.appid = appid || platform.appid;
        this.language = language;
        this.maxWaitMs = maxWaitMs;
        this._storageKey = storageKey;
        this._logins = []; // {session, promise} of those under way
        this._closed = { code: "", at: -Infinity }; // the login that was last refused because the account is closed
        const state = this._load();
        this._session = state === null ? null : new Session(state);
    }

    get isLoggedIn() {
        return this._session !== null;
    }

    get accountId() {
        return this._session === null ? null : this._session.state.account_id;
    }

    // ---- logging in and out

    // options: as POST /v1/login takes them. Who calls without any while a login is under way shares that one;
    // with options it is another login, after that one.
    login(options = {}) {
        const former = this._logins[this._logins.length - 1];
        if (former !== undefined && Object.keys(options).length === 0) return former.promise;
        const session = new Session(null);
        const turn = former === undefined ? Promise.resolve() : former.promise.catch(() => {});
        const login = { session, promise: session.until(turn.then(() => this._loginAnew(session, options))) };
        const end = () => {
            this._logins = this._logins.filter((one) => one !== login);
        };
        this._logins.push(login);
        login.promise.then(end, end);
        return login.promise;
    }

    // Takes back an account that its owner has closed, with the code that was refused for it while that is fresh.
    reopen() {
        const { code, at } = this._closed;
        const isFresh = this.platform.now() - at < CODE_REPEATABLE_MS;
        return this.login(isFresh ? { code, reopen: true } : { reopen: true });
    }

    // On this device at once, whatever is under way. Rejects if the service could not be told.
    async logout() {
        const session = this._session;
        this._end(this._error("logged_out"));
        if (session !== null) await this._revoke(session.state.token);
    }

    // ---- requests

    /**
     * What the service answers. path begins with /v1/; repeatable: a POST that may be sent twice.
     * @param {import("../index.js").Request} request
     * @returns {Promise<any>}
     */
    request({ method = "GET", path, body, repeatable = false }) {
        return this._request({ method, path, body, repeatableMs: repeatable ? Infinity : undefined });
    }

    // A file to the tenant's own server, which gets the access token and asks wxuser whose it is.
    upload({ url, filePath, name = "file", formData = {} }) {
        return this._request({ method: "POST", url, filePath, name, formData, timeout: UPLOAD_TIMEOUT_MS });
    }

    // An access token that is valid, for the tenant's own server.
    async token() {
        return this._usableToken(await this._needSession());
    }

    me() {
        return this.request({ path: "/v1/me" });
    }

    saveProfile(profile) {
        return this.request({ method: "POST", path: "/v1/me", body: { profile }, repeatable: true });
    }

    // With the event of a button of open-type getPhoneNumber.
    async confirmPhone(event) {
        const { code, errMsg } = event.detail;
        if (!code) throw this._error("phone_declined", errMsg);
        return this._request({
            method: "POST", path: "/v1/me/phone/wechat", body: { code }, repeatableMs: CODE_REPEATABLE_MS,
        });
    }

    sendSmsCode(phone) {
        return this.request({ method: "POST", path: "/v1/me/phone/sms-codes", body: { phone } });
    }

    confirmSms(phone, code) {
        return this.request({ method: "POST", path: "/v1/me/phone/sms", body: { phone, code }, repeatable: true });
    }

    removePhone() {
        return this.request({ method: "DELETE", path: "/v1/me/phone" });
    }

    saveMember(member) {
        return this.request({ method: "PUT", path: "/v1/me/member", body: member });
    }

    removeMember() {
        return this.request({ method: "DELETE", path: "/v1/me/member" });
    }

    sessions() {
        return this.request({ path: "/v1/me/sessions" });
    }

    endSession(id) {
        return this.request({ method: "DELETE", path: `/v1/me/sessions/${encodeURIComponent(id)}` });
    }

    consent(document, version) {
        return this.request({ method: "POST", path: "/v1/me/consents", body: { document, version }, repeatable: true });
    }

    async exportData() {
        return this._withFreshCode(await this._needSession(), "export");
    }

    // Afterwards nobody is logged in, and the account is gone or closed.
    async erase() {
        const session = await this._needSession();
        try {
            const receipt = await this._withFreshCode(session, "erase");
            this._end(this._error("logged_out"));
            return receipt;
        } catch (error) {
            // A silent login would make a new account.
            if (session.error === null && isOutcomeUnknown(error)) this._keep(session, { may_be_erased: true });
            throw error;
        }
    }

    // ---- sending

    _error(code, reason) {
        return localError(code, this.language, reason);
    }

    _exchange(session, request, headers) {
        const { path, body } = request;
        const all = Object.assign({ "Accept-Language": this.language }, headers);
        if (body !== undefined) all["Content-Type"] = "application/json";
        return exchange(session, this, Object.assign({ url: this.url + path, timeout: TIMEOUT_MS }, request, {
            headers: all, body: body && JSON.stringify(body),
        }));
    }

    _withToken(session, request, token) {
        return this._exchange(session, request, { Authorization: `Bearer ${token}` });
    }

    async _request(request) {
        return this._requestIn(await this._needSession(), request);
    }

    async _requestIn(session, request) {
        let token = await this._usableToken(session);
        for (let nTokens = 1; ; nTokens++) {
            const answer = await this._withToken(session, request, token);
            if (answer.status !== 401 || nTokens === TOKENS) return readAnswer(answer, this.language);
            const refusal = problemError(answer);
            if (TOKEN_REFUSED.indexOf(refusal.code) === -1) throw refusal;
            token = await this._renew(session, token, refusal.code);
        }
    }

    async _withFreshCode(session, purpose) {
        await this._usableToken(session);
        const code = await session.until(this._codeFor(purpose));
        return this._requestIn(session, { method: "POST", path: `/v1/me/${purpose}`, body: { code } });
    }

    async _codeFor(purpose) {
        try {
            return await this.platform.login(purpose);
        } catch (failure) {
            throw failure.code === undefined ? this._error("login_failed", failure) : failure;
        }
    }

    // ---- the session

    // Null if nobody is logged in, or what is there is not ours.
    _load() {
        try {
            const state = JSON.parse(this.platform.storage.get(this._storageKey));
            return typeof state.token === "string" ? state : null;
        } catch (error) {
            return null;
        }
    }

    // Where nothing can be stored, as in a storage that is full, the login lasts until the app ends.
    _store(state) {
        try {
            this.platform.storage.set(this._storageKey, JSON.stringify(state));
        } catch (failure) {
            this._removeStored();
        }
    }

    _removeStored() {
        try {
            this.platform.storage.remove(this._storageKey);
        } catch (failure) {
            // Nothing was stored there either.
        }
    }

    _keep(session, change) {
        session.state = Object.assign({}, session.state, change);
        this._store(session.state);
    }

    // That of a login under way, once it has succeeded.
    async _needSession() {
        if (this._session === null && this._logins.length > 0) await this.login();
        if (this._session === null) throw this._error("not_logged_in");
        return this._session;
    }

    _end(error) {
        const session = this._session;
        this._session = null;
        this._removeStored();
        if (session !== null) session.end(error);
        this._logins.forEach((login) => login.session.end(error));
    }

    async _revoke(token) {
        const request = { method: "POST", path: "/v1/logout", repeatableMs: Infinity };
        readAnswer(await this._withToken(new Session(null), request, token), this.language);
    }

    async _loginAnew(session, options) {
        for (let isLast = options.code !== undefined || !this.platform.loginIsSilent; ; isLast = true) {
            const code = options.code || await session.until(this._codeFor("login"));
            const body = Object.assign({}, options, { code });
            const request = { method: "POST", path: "/v1/login", body, repeatableMs: CODE_REPEATABLE_MS };
            const at = this.platform.now();
            const answer = await this._exchange(session, request, this.appid ? { "X-WX-AppId": this.appid } : {});
            try {
                return this._begin(session, readAnswer(answer, this.language, isLogin));
            } catch (error) {
                if (error.code === "account_closed") this._closed = { code, at };
                if (isLast || NEW_CODE_MAY_HELP.indexOf(error.code) === -1) throw error;
            }
        }
    }

    // The requests of the person who was logged in go on if it is the same one, and end if it is another.
    _begin(session, answer) {
        const former = this._session;
        session.state = this._stateOf(answer, answer.account.account_id);
        this._store(session.state);
        if (former !== null) this._revoke(former.state.token).catch(() => {});
        if (former !== null && isSamePerson(former.state.account_id, answer.account)) {
            former.state = session.state;
            return answer;
        }
        this._session = session;
        if (former !== null) former.end(this._error("other_user"));
        return answer;
    }

    // Until the next token also refresh_sent_at, when its renewal was first sent, and may_be_erased.
    _stateOf(answer, accountId) {
        const expiresAt = this.platform.now() + answer.expires_in * 1000;
        return { token: answer.access_token, expires_at: expiresAt, account_id: accountId };
    }

    // ---- the token

    async _usableToken(session) {
        const { token, expires_at: expiresAt } = session.state;
        if (session.renewal === null && this.platform.now() < expiresAt - RENEW_BEFORE_MS) return token;
        try {
            return await this._renew(session, token, "token_expired");
        } catch (error) {
            if (session.error !== null || this.platform.now() >= expiresAt) throw error;
            return token;
        }
    }

    // The token after this one, which was refused or is about to expire. However many ask, it is renewed once.
    async _renew(session, token, refusal) {
        this._adoptStored(session, token);
        if (session.error !== null) throw session.error;
        if (session.state.token !== token) return session.state.token;
        if (session.renewal === null) {
            const end = () => {
                session.renewal = null;
            };
            session.renewal = this._renewOnce(session, refusal);
            session.renewal.then(end, end);
        }
        await session.until(session.renewal);
        return session.state.token;
    }

    // Another page of the browser may have renewed the token, or logged in another person.
    _adoptStored(session, token) {
        const stored = this._load();
        if (stored === null || stored.token === token || session.state.token !== token) return;
        if (stored.account_id === session.state.account_id) {
            session.state = stored;
            return;
        }
        this._session = new Session(stored);
        session.end(this._error("other_user"));
    }

    async _renewOnce(session, refusal) {
        if (refusal === "token_expired" && !this._mayBeRenewed(session) && await this._refresh(session)) return;
        try {
            if (!this.platform.loginIsSilent || session.state.may_be_erased) throw this._error("not_logged_in");
            await session.until(this.login());
        } catch (error) {
            if (session.error === null && isFinal(error)) this._end(error);
            throw error;
        }
    }

    // Whether a renewal was sent whose answer did not come. Renewed again after 10 s the token would look stolen.
    _mayBeRenewed({ state }) {
        const sentAt = state.refresh_sent_at;
        if (sentAt === undefined || !this.platform.loginIsSilent) return false;
        return this.platform.now() - sentAt >= REFRESH.repeatableMs;
    }

    // Whether the service renews the token.
    async _refresh(session) {
        const { token, account_id: accountId, refresh_sent_at: sentAt = this.platform.now() } = session.state;
        this._keep(session, { refresh_sent_at: sentAt });
        const answer = await this._withToken(session, REFRESH, token);
        if (answer.status === 401) return false;
        session.state = this._stateOf(readAnswer(answer, this.language, isToken), accountId);
        this._store(session.state);
        return true;
    }
}

function createClient(options) {
    return new Client(options);
}

// What the client needs of wx or uni, whose functions report by callbacks.

function lowerNames(headers) {
    const lower = {};
    Object.keys(headers || {}).forEach((name) => {
        lower[name.toLowerCase()] = String(headers[name]);
    });
    return lower;
}

function reasonOf(failure) {
    return (failure && failure.errMsg) || String(failure);
}

function call(start, options) {
    return new Promise((resolve, reject) => {
        start(Object.assign({}, options, { success: resolve, fail: (failure) => reject(reasonOf(failure)) }));
    });
}

function startTask(start, options) {
    let task;
    const done = call((complete) => {
        task = start(complete);
    }, options);
    const answer = done.then((result) => ({
        status: result.statusCode,
        headers: lowerNames(result.header),
        body: typeof result.data === "string" ? result.data : JSON.stringify(result.data),
    }));
    return { answer, abort: () => task && task.abort && task.abort() };
}

function appidOf(api) {
    const account = api.getAccountInfoSync ? api.getAccountInfoSync() : {};
    return account.miniProgram ? account.miniProgram.appId : undefined;
}

function platformOf(api, loginOptions) {
    return {
        appid: appidOf(api),
        request({ url, method, headers, body, timeout }) {
            const options = { url, method, header: headers, timeout, dataType: "text", responseType: "text" };
            if (method !== "GET") options.data = body === undefined ? "" : body;
            return startTask((complete) => api.request(complete), options);
        },
        loginIsSilent: true,
        upload({ url, headers, filePath, name, formData, timeout }) {
            const options = { url, header: headers, filePath, name, formData, timeout };
            return startTask((complete) => api.uploadFile(complete), options);
        },
        login: () => call((complete) => api.login(complete), loginOptions).then((result) => result.code),
        storage: {
            get: (key) => api.getStorageSync(key) || null,
            set: (key, value) => api.setStorageSync(key, value),
            remove: (key) => api.removeStorageSync(key),
        },
        delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        now: () => Date.now(),
    };
}

// Of a WeChat mini program.
function wxPlatform(api) {
    return platformOf(api || wx, {});
}

// Of uni-app: a mini program of WeChat, or an app, whose code the option onlyAuthorize gives.
function uniPlatform(api) {
    return platformOf(api || uni, { provider: "weixin", onlyAuthorize: true });
}

exports.createClient = createClient;
exports.uniPlatform = uniPlatform;
exports.wxPlatform = wxPlatform;
