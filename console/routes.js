// The pages, each declared once: navigation, routing and titles follow from this table.
//
// path: after "#/", with ":name" for what a link fills in; such a page is not in the navigation. role: whose page it
// is. name: of its title, "page.NAME" in the texts.
import { parametersOf, segmentsOf } from "./paths.js";
import { OPERATOR, TENANT_ADMIN } from "./session.js";
import { Apps } from "./pages/apps.js";
import { Audit } from "./pages/audit.js";
import { Communities } from "./pages/communities.js";
import { Conflicts } from "./pages/conflicts.js";
import { Erasures } from "./pages/erasures.js";
import { Jobs } from "./pages/jobs.js";
import { Keys } from "./pages/keys.js";
import { Live } from "./pages/live.js";
import { Maintenance } from "./pages/maintenance.js";
import { Members } from "./pages/members.js";
import { Merges } from "./pages/merges.js";
import { Refusals } from "./pages/refusals.js";
import { ServiceOverview } from "./pages/service_overview.js";
import { Settings } from "./pages/settings.js";
import { TenantOverview } from "./pages/tenant_overview.js";
import { Tenants } from "./pages/tenants.js";
import { User } from "./pages/user.js";
import { Users } from "./pages/users.js";

const PAGES = [
    { path: "", role: TENANT_ADMIN, name: "overview", component: TenantOverview },
    { path: "users", role: TENANT_ADMIN, name: "users", component: Users },
    { path: "users/:id", role: TENANT_ADMIN, name: "user", component: User },
    { path: "refusals", role: TENANT_ADMIN, name: "refusals", component: Refusals },
    { path: "members", role: TENANT_ADMIN, name: "members", component: Members },
    { path: "communities", role: TENANT_ADMIN, name: "communities", component: Communities },
    { path: "apps", role: TENANT_ADMIN, name: "apps", component: Apps },
    { path: "keys", role: TENANT_ADMIN, name: "keys", component: Keys },
    { path: "settings", role: TENANT_ADMIN, name: "settings", component: Settings },
    { path: "conflicts", role: TENANT_ADMIN, name: "conflicts", component: Conflicts },
    { path: "merges", role: TENANT_ADMIN, name: "merges", component: Merges },
    { path: "merges/:one", role: TENANT_ADMIN, name: "merges", component: Merges },
    { path: "merges/:one/:other", role: TENANT_ADMIN, name: "merges", component: Merges },
    { path: "erasures", role: TENANT_ADMIN, name: "erasures", component: Erasures },
    { path: "audit", role: TENANT_ADMIN, name: "audit", component: Audit },
    { path: "", role: OPERATOR, name: "overview", component: ServiceOverview },
    { path: "live", role: OPERATOR, name: "live", component: Live },
    { path: "tenants", role: OPERATOR, name: "tenants", component: Tenants },
    { path: "maintenance", role: OPERATOR, name: "maintenance", component: Maintenance },
    { path: "jobs", role: OPERATOR, name: "jobs", component: Jobs },
    { path: "audit", role: OPERATOR, name: "audit", component: Audit },
];

export function pagesOf(role) {
    return PAGES.filter((page) => page.role === role);
}

export function navigationOf(role) {
    return pagesOf(role).filter(({ path }) => !path.includes(":"));
}

// The page of a location's hash and its parameters; the first page if there is no such page.
export function route(role, hash) {
    const segments = segmentsOf(hash);
    for (const page of pagesOf(role)) {
        const parameters = parametersOf(page.path, segments);
        if (parameters !== null) return { page, parameters };
    }
    return { page: pagesOf(role)[0], parameters: {} };
}
