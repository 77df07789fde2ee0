import { html } from "../html.js";
import { useEffect, useRef, useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { navigationOf } from "../routes.js";
import { OPERATOR, useSession } from "../session.js";
import { t } from "../text/text.js";
import { timeOfDay } from "../time.js";
import { Act } from "./act.js";
import { Notice } from "./notice.js";
import { PreferencesBar } from "./preferences_bar.js";
import { ProblemBox } from "./problem.js";

function Navigation({ page, isOpen }) {
    const session = useSession();
    return html`<nav id="navigation" class=${isOpen ? "open" : ""} aria-label=${t("frame.pages")}>
        <ul>${navigationOf(session.role).map(({ path, name }) => html`<li>
            <a href="#/${path}" aria-current=${name === page.name ? "page" : undefined}>${t(`page.${name}`)}</a>
        </li>`)}</ul>
    </nav>`;
}

function SessionMenu({ signedOut }) {
    const session = useSession();
    const [problem, setProblem] = useState(null);
    const role = session.role === OPERATOR ? t("role.operator") : t("role.tenant_admin", { tenant: session.tenant_id });
    const signOut = () => call("DELETE", "session").then(signedOut, setProblem);
    return html`<div class="session">
        <p><strong>${session.key_name}</strong>
            <span class="faint"> ${role}</span>
            <span class="faint"> ${session.ends_at && t("session.until", { time: timeOfDay(session.ends_at) })}</span>
            <span class="faint"> ${t("frame.zone")}</span></p>
        <button type="button" onClick=${signOut}>${t("session.end")}</button>
        <${Act} label=${t("session.end_all")} text=${t("session.end_all_text")} isDangerous
            run=${() => call("DELETE", "session", { query: { all: true } })} done=${signedOut} />
        <${ProblemBox} problem=${problem} />
    </div>`;
}

// What is around each page. After a link the focus goes to the page's heading.
export function Frame({ page, signedOut, children }) {
    const heading = useRef();
    const hasShown = useRef(false);
    const [isOpen, setIsOpen] = useState(false);
    const title = t(`page.${page.name}`);
    useEffect(() => {
        document.title = `${title} – wxuser`;
    }, [title]);
    useEffect(() => {
        setIsOpen(false);
        if (hasShown.current) heading.current.focus();
        hasShown.current = true;
    }, [page]);
    return html`<button type="button" class="skip" onClick=${() => heading.current.focus()}>${t("frame.skip")}</button>
        <header class="top">
            <a class="brand" href="#/">wxuser</a>
            <button type="button" class="menu" aria-expanded=${isOpen} aria-controls="navigation"
                onClick=${() => setIsOpen(!isOpen)}>
                ${t("frame.menu")}
            </button>
            <${PreferencesBar} />
        </header>
        <div class="body">
            <div class="side">
                <${Navigation} page=${page} isOpen=${isOpen} />
            </div>
            <main>
                <h1 tabindex="-1" ref=${heading}>${title}</h1>
                ${children}
            </main>
        </div>
        <footer><${SessionMenu} signedOut=${signedOut} /></footer>
        <${Notice} />`;
}
