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
export function localError(code, language, reason) {
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
export function problemError(answer) {
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
export function readAnswer(answer, language, isRight = () => true) {
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
