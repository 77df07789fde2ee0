// Columns of a Table that show one member of each row as it is. title: its key in the texts.
import { html } from "../html.js";
import { t } from "../text/text.js";
import { Code, OrNothing, Time } from "./marks.js";

export function textColumn(title, member) {
    return { title: t(title), of: (row) => html`<${OrNothing} text=${row[member]} />` };
}

export function codeColumn(title, member) {
    return { title: t(title), of: (row) => html`<${Code}><${OrNothing} text=${row[member]} /></${Code}>` };
}

export function timeColumn(title, member) {
    return { title: t(title), of: (row) => html`<${Time} at=${row[member]} />` };
}
