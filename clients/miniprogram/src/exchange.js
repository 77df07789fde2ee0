// One request and its answer, sent again as far as that does no harm.
import { localError, problemError } from "./errors.js";

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
export async function exchange(session, { platform, language, maxWaitMs }, request) {
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
