import { html } from "../html.js";
import { call } from "../api.js";
import { commands } from "../commands.js";
import { t } from "../text/text.js";
import { Act } from "./act.js";
import { Field } from "./field.js";

// Settings of a tenant that an account may have of its own.
const FLAGS = ["can_balance_pay", "is_close_order_pda", "is_mini_program_remind", "is_show_no_fee_leave_button",
    "is_show_statistics_pda"];
const VALUES = ["true", "false", "none"];

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

export function SetFlag({ account, done }) {
    if (!account) return null;
    return html`<${Act} label=${t("user.set_flag")} text=${t("user.set_flag_text")} done=${done}
        command=${({ name = FLAGS[0], value = VALUES[0] }) => commands.setFlag(account, name, value)}
        run=${(values) => call("PUT", `accounts/${account}/flag`, { body: values })}>
        ${(problem) => html`
            <${Field} kind="select" name="name" label=${t("setting.name")} problem=${problem}
                options=${FLAGS.map((name) => [name, name])} />
            <${Field} kind="select" name="value" label=${t("setting.value")} problem=${problem}
                options=${VALUES.map((value) => [value, t(`value.${value}`)])} />`}
    </${Act}>`;
}

// What can be done to an account; a user who has not logged in yet has none.
export function AccountActs({ account, state, done }) {
    if (!account) return null;
    return html`<${LogOut} account=${account} done=${done} />
        <${state === "disabled" ? Enable : Disable} account=${account} done=${done} />`;
}
