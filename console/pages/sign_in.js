import { html } from "../html.js";
import { useState } from "../vendor/preact/hooks.js";
import { signIn } from "../api.js";
import { Field, valuesOf } from "../parts/field.js";
import { PreferencesBar } from "../parts/preferences_bar.js";
import { ProblemBox } from "../parts/problem.js";
import { t } from "../text/text.js";

// What the service says of an unknown credential is for the author of a client.
function told(problem) {
    return problem.status === 401 ? { ...problem, title: t("sign_in.unknown"), detail: t("sign_in.unknown_hint") } : problem;
}

// Exchanges a key for a session. The form forgets the key with the page.
export function SignIn({ begin, reason }) {
    const [problem, setProblem] = useState(null);
    const submit = (event) => {
        event.preventDefault();
        signIn(valuesOf(event.target).key).then(begin, (problem) => setProblem(told(problem)));
    };
    document.title = `${t("sign_in.title")} – wxuser`;
    return html`<header class="top"><span class="brand">wxuser</span><${PreferencesBar} /></header>
        <main class="alone">
            <h1>${t("sign_in.title")}</h1>
            ${reason && html`<p class="ended" role="status">${t(`session.${reason}`)}</p>`}
            <form class="card" onSubmit=${submit}>
                <${Field} kind="password" name="key" label=${t("sign_in.key")} hint=${t("sign_in.hint")} required
                    autocomplete="current-password" autofocus />
                <${ProblemBox} problem=${problem} />
                <div class="buttons"><button class="main">${t("sign_in.do")}</button></div>
            </form>
        </main>`;
}
