import { html } from "../html.js";
import { useId } from "../vendor/preact/hooks.js";

// A labelled control of a form. kind: text, password, number, select (options: [[value, text]]) or checks (several
// checkboxes of one name, options: [[value, text, isChecked]]). value: at the beginning; later the control has its
// own. problem: what was refused, of which the field shows what is its own.
export function Field({ kind = "text", name, label, hint, problem, options, value, ...attributes }) {
    const id = useId();
    const refused = problem?.of?.(name);
    const about = [hint && `${id}-hint`, refused && `${id}-refused`].filter(Boolean).join(" ") || undefined;
    const shared = { id, name, "aria-describedby": about, "aria-invalid": refused ? "true" : undefined, ...attributes };
    const controls = {
        select: () => html`<select ...${shared}>
            ${options.map(([option, text]) => html`<option value=${option} selected=${option === value}>${text}</option>`)}
        </select>`,
        checks: () => html`<fieldset aria-describedby=${about}>
            <legend>${label}</legend>
            ${options.map(([option, text, isChecked]) => html`<label class="check">
                <input type="checkbox" name=${name} value=${option} defaultChecked=${isChecked} /> ${text}
            </label>`)}
        </fieldset>`,
        input: () => html`<input type=${kind} autocomplete="off" spellcheck=${false} defaultValue=${value ?? ""}
            ...${shared} />`,
    };
    return html`<div class="field">
        ${kind !== "checks" && html`<label for=${id}>${label}</label>`}
        ${(controls[kind] ?? controls.input)()}
        ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
        ${refused && html`<p class="refused" id="${id}-refused">${refused}</p>`}
    </div>`;
}

// What a form's controls say: {name: text}, of checks {name: [texts]}.
export function valuesOf(form) {
    const values = {};
    for (const { name, type, checked, value } of form.elements) {
        if (!name) continue;
        if (type === "checkbox") values[name] = [...(values[name] ?? []), ...(checked ? [value] : [])];
        else values[name] = value.trim();
    }
    return values;
}

// Those of the values that say something.
export function given(values) {
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}
