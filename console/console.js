// Starts the console: finds the session, and shows the page of the address or the sign-in.
import { render } from "./vendor/preact/preact.js";
import { useEffect, useReducer, useState } from "./vendor/preact/hooks.js";
import { html } from "./html.js";
import { Frame } from "./parts/frame.js";
import { ProblemBox } from "./parts/problem.js";
import { useSessionState } from "./parts/use_session_state.js";
import { onPreference } from "./preferences.js";
import { route } from "./routes.js";
import { Session } from "./session.js";
import { SignIn } from "./pages/sign_in.js";

function useHash() {
    const [hash, setHash] = useState(location.hash);
    useEffect(() => {
        const move = () => setHash(location.hash);
        addEventListener("hashchange", move);
        return () => removeEventListener("hashchange", move);
    }, []);
    return hash;
}

function Console() {
    const { session, reason, problem, look, begin, end } = useSessionState();
    const hash = useHash();
    const [, repeat] = useReducer((n) => n + 1, 0);
    useEffect(() => onPreference(repeat), []);
    useEffect(() => {
        if (problem) look();
    }, [hash]);

    const box = problem && html`<${ProblemBox} problem=${problem} />`;
    if (session === undefined) return box && html`<main class="alone">${box}</main>`;
    if (session === null) return html`<${SignIn} begin=${begin} reason=${reason} />`;
    const { page, parameters } = route(session.role, hash);
    return html`<${Session.Provider} value=${session} key=${`${session.key_id} ${session.created_at}`}>
        <${Frame} page=${page} signedOut=${end}>
            ${box ?? html`<${page.component} key=${hash} ...${parameters} />`}
        </${Frame}>
    </${Session.Provider}>`;
}

render(html`<${Console} />`, document.body);
