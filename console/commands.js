// The commands of wxuserctl that do what the pages do.

function quoted(word) {
    return /^[\w.,:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

// Options without a value are left out, and so are words.
function command(words, options = {}) {
    const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== "" && value !== false);
    return ["wxuserctl", ...words.map(String).map(quoted),
        ...given.flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, quoted(String(value))])),
    ].join(" ");
}

// The command's options for what the API calls so.
const FOUND_BY = { account_id: "id", member_id: "member" };

export const commands = {
    addApp: (tenant, { kind, appid, open_platform }) =>
        command(["app", "add"], { tenant, kind, appid: appid || "APPID", "open-platform": open_platform }),
    setSecret: (appid, isUntried) => command(["app", "set-secret", appid], { untried: isUntried }),
    setPlatform: (appid, name) => command(["app", "set", appid], { "open-platform": name || "NAME" }),
    setDefaultApp: (appid) => command(["app", "set", appid || "APPID"], { default: true }),
    checkApps: () => command(["check"]),
    addKey: (tenant, { name, scopes = [], rate_per_s, networks, apps, expires_at }) => command(["key", "add"], {
        tenant, name: name || "NAME", scopes: scopes.join(",") || "read", rate: rate_per_s, networks, apps,
        expires: expires_at,
    }),
    rotateKey: (id, { overlap_days, expires_at }) =>
        command(["key", "rotate", id], { overlap: overlap_days, expires: expires_at }),
    setKey: (id, { rate_per_s, networks, apps }) =>
        command(["key", "set", id], { rate: rate_per_s, networks: networks || "any", apps: apps || "any" }),
    revokeKey: (id) => command(["key", "revoke", id]),
    listAudit: (tenant, { action, subject, who }) =>
        command(["audit", "list"], { tenant, installation: !tenant, action, subject, who }),
    setSetting: (tenant, name, value) => command(["tenant", "set", tenant, name, value]),
    eraseMember: (tenant, id) => command(["member", "erase", id], { tenant }),
    // What is looked for is read from standard input: no history of the shell keeps it.
    findUser: (tenant, by) => command(["user", "find"], { tenant, [FOUND_BY[by] ?? by]: "-" }),
    showUser: (id) => command(["user", "show", id]),
    exportUser: (id) => command(["user", "export", id]),
    eraseUser: (id) => command(["user", "erase", id]),
    disableAccount: (account) => command(["account", "disable", account]),
    enableAccount: (account) => command(["account", "enable", account]),
    logOutAccount: (account) => command(["account", "logout-everywhere", account]),
    setFlag: (account, name, value) => command(["account", "set", account, name, value]),
    mergeAccounts: (one, other) => command(["account", "merge", one, other], { commit: true }),
    undoMerge: (id) => command(["account", "merge"], { undo: id }),
    dismissConflict: (id) => command(["account", "dismiss", id]),
    addTenant: (name) => command(["tenant", "add", name || "NAME"]),
    renameTenant: (id, name) => command(["tenant", "rename", id, name || "NAME"]),
    disableTenant: (id) => command(["tenant", "disable", id]),
    enableTenant: (id) => command(["tenant", "enable", id]),
    runJob: (name) => command(["jobs", "run", name]),
    beginMaintenance: () => command(["maintenance", "on"], { everywhere: true }),
    endMaintenance: () => command(["maintenance", "off"], { everywhere: true }),
};
