import { html } from "../html.js";
import { named } from "../text/text.js";
import { Mark } from "./marks.js";

export const STATES = ["active", "new", "disabled", "locked", "closed"];
const MOODS = { active: "good", disabled: "bad", locked: "warn", closed: "bad" };

export function UserState({ state }) {
    return html`<${Mark} mood=${MOODS[state]}>${named("state", state)}</${Mark}>`;
}
