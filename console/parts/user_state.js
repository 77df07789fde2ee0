import { html } from "../html.js";
import { named, t } from "../text/text.js";
import { Mark } from "./marks.js";

export const STATES = ["active", "new", "disabled", "locked", "closed"];
const MOODS = { active: "good", disabled: "bad", locked: "warn", closed: "bad" };

// Whether a person can log in: by the account's state, and unless the tenant is disabled.
export function UserState({ of: { state, tenant_disabled_at } }) {
    return html`<${Mark} mood=${MOODS[state]}>${named("state", state)}</${Mark}>
        ${tenant_disabled_at && html`<br /><${Mark} mood="bad">${t("user.tenant_disabled")}</${Mark}>`}`;
}
