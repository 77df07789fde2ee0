import { html } from "../html.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { t } from "../text/text.js";
import { Act } from "./act.js";

function Disable({ account, done }) {
    return html`<${Act} label=${t("user.disable")} text=${t("user.disable_text")} isDangerous done=${done}
        command=${commands.disableAccount(account)} run=${() => call("POST", `accounts/${account}/disable`)} />`;
}

function Enable({ account, done }) {
    return html`<${Act} label=${t("user.enable")} text=${t("user.enable_text")} done=${done}
        command=${commands.enableAccount(account)} run=${() => call("POST", `accounts/${account}/enable`)} />`;
}

function LogOut({ account, done }) {
    return html`<${Act} label=${t("user.log_out")} text=${t("user.log_out_text")} done=${done}
        command=${commands.logOutAccount(account)} run=${() => call("POST", `accounts/${account}/log-out`)} />`;
}

// What can be done to an account; a user who has not logged in yet has none.
export function AccountActs({ account, state, done }) {
    if (!account) return null;
    return html`<${LogOut} account=${account} done=${done} />
        <${state === "disabled" ? Enable : Disable} account=${account} done=${done} />`;
}
