// Starts the console: finds the session, and shows the page of the address or the sign-in.
import { render } from "./vendor/preact/preact.js";
import { useEffect, useReducer, useState } from "./vendor/preact/hooks.js";
import { findSession, onSessionEnd } from "./api.js";
import { html } from "./html.js";
import { Frame } from "./parts/frame.js";
import { ProblemBox } from "./parts/problem.js";
import { onPreference } from "./preferences.js";
import { route } from "./routes.js";
import { Session } from "./session.js";
import { SignIn } from "./pages/sign_in.js";

// Calls ended when the session ends at the latest.
function useEndOf(session, ended) {
    useEffect(() => {
        if (!session?.ends_at) return undefined;
        const timer = setTimeout(ended, Date.parse(session.ends_at) - Date.now());
        return () => clearTimeout(timer);
    }, [session]);
}

function Console() {
    const [session, setSession] = useState(); // undefined: not known yet; null: none
    const [hasEnded, setHasEnded] = useState(false);
    const [problem, setProblem] = useState(null);
    const [hash, setHash] = useState(location.hash);
    const [, repeat] = useReducer((n) => n + 1, 0);

    const end = (isBySelf) => {
        setSession(null);
        setHasEnded(!isBySelf);
    };
    const begin = (found) => {
        setSession(found);
        setHasEnded(false);
    };
    useEffect(() => {
        onSessionEnd(() => end(false));
        findSession().then(setSession, setProblem);
        const move = () => setHash(location.hash);
        addEventListener("hashchange", move);
        const endPreference = onPreference(repeat);
        return () => {
            removeEventListener("hashchange", move);
            endPreference();
        };
    }, []);
    useEndOf(session, () => end(false));

    if (problem) return html`<main class="alone"><${ProblemBox} problem=${problem} /></main>`;
    if (session === undefined) return null;
    if (session === null) return html`<${SignIn} begin=${begin} hasEnded=${hasEnded} />`;
    const { page, parameters } = route(session.role, hash);
    return html`<${Session.Provider} value=${session}>
        <${Frame} page=${page} signedOut=${() => end(true)}>
            <${page.component} key=${hash} ...${parameters} />
        </${Frame}>
    </${Session.Provider}>`;
}

render(html`<${Console} />`, document.body);
