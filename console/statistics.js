// What the days of /v1/admin/statistics say. A day is one of UTC+8.
import { beginOf, day, DAY_MS } from "./time.js";

// The day so many days before the one of now, as 2026-11-30.
export function dayBefore(nDays, now = Date.now()) {
    return day(now - nDays * DAY_MS);
}

// Today and the days before, the oldest first, as the whole tenant has them. A day on which nothing happened is null.
export function lastDays(days, nDays, now = Date.now()) {
    const whole = new Map(days.filter(({ appid }) => appid === null).map((one) => [one.day, one]));
    return Array.from({ length: nDays }, (_, index) => whole.get(dayBefore(nDays - 1 - index, now)) ?? null);
}

// When each of these days begins, in seconds, for an axis of time.
export function begins(nDays, now = Date.now()) {
    return Array.from({ length: nDays }, (_, index) => beginOf(dayBefore(nDays - 1 - index, now)) / 1000);
}

// The refusals of these days by error, the most frequent first: [[error, n]].
export function refusalsOf(days) {
    const sums = new Map();
    for (const { error, count } of days.flatMap((day) => day?.refusals ?? []))
        sums.set(error, (sums.get(error) ?? 0) + count);
    return [...sums].sort((one, other) => other[1] - one[1]);
}
