import { html } from "../html.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { t } from "../text/text.js";
import { Act } from "./act.js";
import { OrNothing } from "./marks.js";

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

// What can be done to the account of a user; a user who has not logged in yet has none.
export function UserActs({ user, done }) {
    const { account_id: account, state } = user;
    if (!account) return html`<${OrNothing} />`;
    return html`<div class="acts">
        <${LogOut} account=${account} done=${done} />
        <${state === "disabled" ? Enable : Disable} account=${account} done=${done} />
    </div>`;
}
