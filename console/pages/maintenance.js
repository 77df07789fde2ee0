import { html } from "../html.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { Act } from "../parts/act.js";
import { Facts, Mark, OrNothing, Time } from "../parts/marks.js";
import { ProblemBox } from "../parts/problem.js";
import { useLoaded } from "../parts/use_loaded.js";
import { t } from "../text/text.js";

function State({ isOn }) {
    return isOn
        ? html`<${Mark} mood="warn">${t("maintenance.is_on")}</${Mark}>`
        : html`<${Mark} mood="good">${t("maintenance.is_off")}</${Mark}>`;
}

function Switch({ isOn, done }) {
    const verb = isOn ? "end" : "begin";
    return html`<${Act} label=${t(`maintenance.${verb}`)} text=${t(`maintenance.${verb}_text`)}
        isDangerous=${!isOn} isMain=${isOn}
        command=${isOn ? commands.endMaintenance() : commands.beginMaintenance()} done=${done}
        run=${() => call("PUT", "maintenance", { body: { everywhere: !isOn } })} />`;
}

export function Maintenance() {
    const { value, problem, reload } = useLoaded((signal) => call("GET", "maintenance", { signal }), []);
    return html`<p class="lead">${t("maintenance.lead")}</p>
        <${ProblemBox} problem=${problem} />
        ${value && html`<section class="card">
            <${Facts} of=${[
                [t("maintenance.everywhere"), html`<${State} isOn=${value.everywhere} />`],
                [t("maintenance.here"), html`<${State} isOn=${value.here} />`],
                [t("maintenance.changed_at"), html`<${Time} at=${value.changed_at} />`],
                [t("maintenance.changed_by"), html`<${OrNothing} text=${value.changed_by} />`],
            ]} />
            <div class="buttons"><${Switch} isOn=${value.everywhere} done=${reload} /></div>
        </section>`}`;
}
