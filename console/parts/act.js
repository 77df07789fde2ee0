import { html } from "../html.js";
import { useEffect, useRef, useState } from "../vendor/preact/hooks.js";
import { t } from "../text/text.js";
import { announce } from "./notice.js";
import { Command } from "./command.js";
import { valuesOf } from "./field.js";
import { ProblemBox } from "./problem.js";

// A button that does something to the service, after a dialog which says what.
//
// label: of the button and the dialog; text: what it does; isDangerous: cannot be taken back, or somebody is out.
// look(values): promises what it would do, which is asked first and shown by looked(preview); then the same values are
// done. children: a function of the problem that makes the form's fields. command: the command that does the same, or a
// function of the fields' values. run(values): promises what done(result) is called with. result: makes what is
// to be seen once it is done; without it the dialog closes and a notice tells.
export function Act(props) {
    const [isOpen, setIsOpen] = useState(false);
    return html`<button type="button" class=${props.isDangerous ? "danger" : props.isMain ? "main" : ""}
            aria-haspopup="dialog" onClick=${() => setIsOpen(true)}>${props.button ?? props.label}</button>
        ${isOpen && html`<${ActDialog} ...${props} close=${() => setIsOpen(false)} />`}`;
}

function ActDialog({ label, text, isDangerous, children, command, look, looked, run, done, result, close }) {
    const dialog = useRef();
    const [problem, setProblem] = useState(null);
    const [isRunning, setIsRunning] = useState(false);
    const [values, setValues] = useState({});
    const [preview, setPreview] = useState();
    const [made, setMade] = useState();
    const isDone = made !== undefined;

    useEffect(() => {
        dialog.current.showModal();
        setValues(valuesOf(dialog.current.querySelector("form")));
    }, []);

    const finish = (outcome) => {
        if (result) {
            setMade({ outcome });
            return;
        }
        close();
        announce(t("act.done", { label }));
        done?.(outcome);
    };
    const submit = (event) => {
        event.preventDefault();
        if (isRunning) return;
        setIsRunning(true);
        setProblem(null);
        const isLook = look && preview === undefined;
        (isLook ? look : run)(valuesOf(event.target))
            .then(isLook ? setPreview : finish, setProblem)
            .finally(() => setIsRunning(false));
    };
    const read = (event) => {
        setPreview(undefined);
        setValues(valuesOf(event.currentTarget));
    };
    const leave = () => {
        close();
        if (isDone) done?.(made.outcome);
    };

    return html`<dialog ref=${dialog} aria-labelledby="act-title" onClose=${leave}>
        <h2 id="act-title">${label}</h2>
        ${isDone ? result(made.outcome) : html`<form onSubmit=${submit} onInput=${read}>
            ${text && html`<p>${text}</p>`}
            ${children?.(problem, values)}
            <div role="status">${preview !== undefined && looked(preview)}</div>
            <${ProblemBox} problem=${problem} fields=${Object.keys(values)} />
            ${command && html`<${Command} text=${typeof command === "function" ? command(values) : command} />`}
            <div class="buttons">
                <button type="button" onClick=${() => dialog.current.close()}>${t("act.cancel")}</button>
                <button class=${isDangerous ? "danger" : "main"} aria-busy=${isRunning}>
                    ${look && preview === undefined ? t("act.look") : label}</button>
            </div>
        </form>`}
        ${isDone && html`<div class="buttons">
            <button type="button" class="main" autofocus onClick=${() => dialog.current.close()}>${t("act.close")}</button>
        </div>`}
    </dialog>`;
}
