import { html } from "../html.js";
import { t } from "../text/text.js";

function heading(problem) {
    if (problem.title) return problem.title;
    return problem.status === 0 ? t("problem.unreachable") : t("problem.status", { status: problem.status });
}

// What is wrong with the members that no field shows. The service's own title and detail are for a client's author.
function Wrong({ errors, fields }) {
    const others = errors.filter(({ pointer }) => !fields.includes(pointer.slice(1)));
    return html`<strong>${t("problem.is_wrong")}</strong>
        ${others.length < errors.length && html`<p>${t("problem.at_fields")}</p>`}
        ${others.length > 0 && html`<ul>
            ${others.map(({ pointer, detail }) => html`<li><code>${pointer.slice(1)}</code> ${detail}</li>`)}
        </ul>`}`;
}

// What a Problem of api.js tells, but for what the fields of these names show. An error of the console itself is shown by
// its message.
export function ProblemBox({ problem, fields = [] }) {
    if (!problem) return null;
    const isOfService = problem.status !== undefined;
    return html`<div class="problem" role="alert">
        ${problem.errors?.length > 0 ? html`<${Wrong} errors=${problem.errors} fields=${fields} />` : html`
            <strong>${isOfService ? heading(problem) : problem.message}</strong>
            ${problem.detail && html`<p>${problem.detail}</p>`}`}
        ${problem.requestId && html`<p class="faint">${t("problem.request")} <code>${problem.requestId}</code></p>`}
    </div>`;
}
