import { useEffect, useRef, useState } from "../vendor/preact/hooks.js";
import { findSession, onSessionEnd } from "../api.js";

const EVERY_MS = 15 * 1000;
// The service tells its time in whole seconds, and an answer takes time.
const CLOCK_ERROR_MS = 3 * 1000;
// The other tabs of this browser have the same session.
const tabs = new BroadcastChannel("wxuser.session");

function isSame(one, other) {
    return one.role === other.role && one.key_id === other.key_id && one.created_at === other.created_at;
}

// Why a session is no more: idle, over or elsewhere, as "session.NAME" in the texts.
function reasonOf({ endsMs, idleEndsMs }) {
    if (Date.now() < idleEndsMs - CLOCK_ERROR_MS) return "elsewhere";
    return idleEndsMs < endsMs ? "idle" : "over";
}

// A browser may keep what was on a page, by the elements that are gone. A new document keeps nothing.
const REASON = "wxuser.reason";

function startAnew(reason) {
    try {
        if (reason) sessionStorage.setItem(REASON, reason);
    } catch {
        // The browser keeps nothing for this page, and it says no reason.
    }
    location.reload();
}

function takeReason() {
    try {
        const reason = sessionStorage.getItem(REASON);
        sessionStorage.removeItem(REASON);
        return reason;
    } catch {
        return null;
    }
}

// Why the session of the document before has ended.
const reasonOfStart = takeReason();

// Calls look now, every EVERY_MS, when the page comes to be seen, and when another tab begins or ends a session.
function useLooks(look) {
    useEffect(() => {
        const show = () => document.hidden || look();
        const timer = setInterval(look, EVERY_MS);
        const events = [[document, "visibilitychange", show], [window, "online", look], [tabs, "message", look]];
        events.forEach(([target, name, listener]) => target.addEventListener(name, listener));
        look();
        return () => {
            clearInterval(timer);
            events.forEach(([target, name, listener]) => target.removeEventListener(name, listener));
        };
    }, []);
}

// The session of this browser: {session, reason, problem, look, begin, end}. session: undefined while it is not known,
// null if there is none, and then reason says why one has ended. problem: why the service refuses the session meanwhile,
// or the first look at it.
//
// A session that ends is noticed, and so is one that another has taken the place of: the document starts anew then. Data
// are to be shown only while there is a session and no problem.
export function useSessionState() {
    const [state, setState] = useState({});
    const known = useRef(); // the session, with its ends as they were told last
    const turn = useRef(0); // an answer that was asked for before the last change says nothing

    const change = (session, rest = {}) => {
        known.current = session;
        turn.current += 1;
        setState({ session, ...rest });
    };
    // Nothing is shown until the document is there.
    const leave = (reason) => {
        change(undefined);
        startAnew(reason);
    };
    const lose = () => {
        if (known.current) leave(reasonOf(known.current));
        else change(null, { reason: reasonOfStart });
    };
    const take = (found) => {
        if (known.current && !isSame(known.current, found)) {
            leave(null);
            return;
        }
        known.current = found;
        setState(({ session }) => ({ session: session ?? found }));
    };
    const fail = (problem) => {
        const isOver = known.current && Date.now() > known.current.idleEndsMs + CLOCK_ERROR_MS;
        const isRefused = !known.current || [403, 404].includes(problem.status);
        // The service, which would give the document, does not answer.
        if (isOver) change(null, { reason: reasonOf(known.current) });
        else if (isRefused) setState(({ session }) => ({ session, problem }));
    };
    const look = async () => {
        if (known.current === null) return;
        const asked = turn.current;
        try {
            const found = await findSession();
            if (asked !== turn.current) return;
            if (found === null) lose();
            else take(found);
        } catch (problem) {
            if (asked === turn.current) fail(problem);
        }
    };
    const begin = (session) => {
        change(session);
        tabs.postMessage("");
    };
    const end = () => {
        tabs.postMessage("");
        leave(null);
    };
    useEffect(() => onSessionEnd(lose), []);
    useLooks(look);
    return { ...state, look, begin, end };
}
