// Prints each command that the console shows, with samples of what it fills in: a line of JSON {name: command}.
import { commands } from "../../console/commands.js";

const SAMPLES = {
    addApp: [1, { kind: "mini", appid: "wx0123456789abcdef", open_platform: "main" }],
    setSecret: ["wx0123456789abcdef", true],
    setPlatform: ["wx0123456789abcdef", "it's ours"],
    setDefaultApp: ["wx0123456789abcdef"],
    checkApps: [],
    addKey: [1, { name: "it's mine", scopes: ["read", "write"], rate_per_s: "5", networks: "10.0.0.0/8", apps: "wx1",
        expires_at: "2026-12-31" }],
    rotateKey: [3, { overlap_days: "7", expires_at: "2026-12-31" }],
    setKey: [3, { rate_per_s: "5", networks: "", apps: "" }],
    revokeKey: [3],
    listAudit: [1, { action: "key.add", subject: "key 7", who: "key 1 it's mine" }],
    setSetting: [1, "trial_days", "7"],
    eraseMember: [1, 9],
    findUser: [1, "member_id"],
    showUser: [7],
    exportUser: [7],
    eraseUser: [7],
    disableAccount: ["01901111-0000-7000-8000-000000000001"],
    enableAccount: ["01901111-0000-7000-8000-000000000001"],
    logOutAccount: ["01901111-0000-7000-8000-000000000001"],
    setFlag: ["01901111-0000-7000-8000-000000000001", "can_balance_pay", "none"],
    mergeAccounts: ["01901111-0000-7000-8000-000000000001", "01901111-0000-7000-8000-000000000002"],
    undoMerge: ["5"],
    dismissConflict: ["4"],
    addTenant: ["Corner Shop"],
    renameTenant: [1, "Corner Shop"],
    disableTenant: [1],
    enableTenant: [1],
    runJob: ["audit_seal"],
    beginMaintenance: [],
    endMaintenance: [],
};

console.log(JSON.stringify(Object.fromEntries(Object.entries(commands).map(([name, make]) => [name, make(...SAMPLES[name])]))));
