import { html } from "../html.js";
import { t } from "../text/text.js";

function heading(problem) {
    if (problem.title) return problem.title;
    return problem.status === 0 ? t("problem.unreachable") : t("problem.status", { status: problem.status });
}

// What a Problem of api.js tells, but for what the fields of these names show. An error of the console itself is shown by
// its message.
export function ProblemBox({ problem, fields = [] }) {
    if (!problem) return null;
    const isOfService = problem.status !== undefined;
    const errors = (problem.errors ?? []).filter(({ pointer }) => !fields.includes(pointer.slice(1)));
    return html`<div class="problem" role="alert">
        <strong>${isOfService ? heading(problem) : problem.message}</strong>
        ${problem.detail && html`<p>${problem.detail}</p>`}
        ${errors.length > 0 && html`<ul>
            ${errors.map(({ pointer, detail }) => html`<li><code>${pointer.slice(1)}</code> ${detail}</li>`)}
        </ul>`}
        ${problem.requestId && html`<p class="faint">${t("problem.request")} <code>${problem.requestId}</code></p>`}
    </div>`;
}
