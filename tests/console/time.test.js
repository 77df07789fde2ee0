import assert from "node:assert/strict";
import test from "node:test";
import { beginOf, dateTime, day, isElsewhere, second, shortDay, timeOfDay } from "../../console/time.js";

const AT = "2026-11-30T17:08:09.754Z"; // in UTC+8 it is the next day already

for (const zone of ["America/New_York", "UTC", "Asia/Shanghai"]) {
    test(`each time and day is in UTC+8 for a browser in ${zone}`, () => {
        process.env.TZ = zone;
        assert.equal(isElsewhere(), zone !== "Asia/Shanghai");
        assert.equal(dateTime(AT), "2026-12-01 01:08:09");
        assert.equal(day(Date.parse(AT)), "2026-12-01");
        assert.equal(shortDay(AT), "12-01");
        assert.equal(timeOfDay(AT), "01:08");
        assert.equal(second(AT), "01:08:09");
        assert.equal(beginOf("2026-12-01"), Date.parse("2026-11-30T16:00:00Z"));
        assert.ok(Number.isNaN(beginOf("tomorrow")));
    });
}
