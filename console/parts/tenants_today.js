import { html } from "../html.js";
import { call } from "../api.js";
import { dayBefore } from "../statistics.js";
import { number, t } from "../text/text.js";
import { codeColumn } from "./columns.js";
import { ProblemBox } from "./problem.js";
import { Table } from "./table.js";
import { useLoaded } from "./use_loaded.js";

const COUNTS = ["logins", "active_users", "new_users", "refused", "sms_codes"];

// What came today to each tenant; 0 has the logins to apps that do not exist.
export function TenantsToday() {
    const { value, problem } = useLoaded((signal) => call("GET", "statistics", { query: { days: 1 }, signal }), []);
    const today = (value?.days ?? []).filter(({ day }) => day === dayBefore(0));
    const columns = [
        codeColumn("tenant.id", "tenant_id"),
        ...COUNTS.map((name) => ({ title: t(`day.${name}`), isNumber: true, of: (day) => number(day[name]) })),
    ];
    return html`<section><h2>${t("tenants.today")}</h2>
        <${ProblemBox} problem=${problem} />
        ${value && today.length === 0 && html`<p class="empty">${t("list.empty")}</p>`}
        ${today.length > 0 && html`<${Table} label=${t("tenants.today")} columns=${columns} rows=${today}
            keyOf=${({ tenant_id }) => tenant_id} />`}
    </section>`;
}
