import assert from "node:assert/strict";
import test from "node:test";
import { begins, dayBefore, lastDays, refusalsOf } from "../../console/statistics.js";

const NOW = Date.parse("2026-11-30T17:00:00Z"); // in UTC+8 it is the next day already

const day = (name, appid, more) => ({ day: name, appid, logins: 1, refusals: [], ...more });

test("a day is one of UTC+8", () => {
    assert.equal(dayBefore(0, NOW), "2026-12-01");
    assert.equal(dayBefore(0, NOW - 2 * 3600 * 1000), "2026-11-30");
    assert.equal(dayBefore(7, NOW), "2026-11-24");
});

test("days are the whole tenant's, the oldest first, null where nothing happened", () => {
    const days = [day("2026-12-01", null, { logins: 5 }), day("2026-12-01", "wx1"), day("2026-11-29", null, { logins: 3 })];
    assert.deepEqual(lastDays(days, 3, NOW).map((one) => one?.logins ?? null), [3, null, 5]);
});

test("a day begins at midnight of UTC+8", () => {
    assert.deepEqual(begins(2, NOW).map((second) => new Date(second * 1000).toISOString()),
        ["2026-11-29T16:00:00.000Z", "2026-11-30T16:00:00.000Z"]);
});

test("refusals are summed by error, the most frequent first", () => {
    const days = [day("a", null, { refusals: [{ error: "RATE", count: 1 }, { error: "CODE_USED", count: 2 }] }), null,
        day("b", null, { refusals: [{ error: "CODE_USED", count: 4 }] })];
    assert.deepEqual(refusalsOf(days), [["CODE_USED", 6], ["RATE", 1]]);
});
