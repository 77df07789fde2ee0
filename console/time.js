// Times and days as the console shows them: in UTC+8, as wxuserctl does, whatever the zone of the browser. An instant is a
// text of the API, a Date, or milliseconds since 1970.
const HOUR_MS = 3600 * 1000;
const OFFSET_MS = 8 * HOUR_MS;

export const DAY_MS = 24 * HOUR_MS;

// Whether this computer's clock shows another time, so that one could be taken for the other.
export function isElsewhere() {
    return new Date().getTimezoneOffset() * 60 * 1000 !== -OFFSET_MS;
}

function local(instant) {
    return new Date(new Date(instant).getTime() + OFFSET_MS).toISOString();
}

// As 2026-11-30 11:49:32 in each language, which a list of them is quick to compare by.
export function dateTime(instant) {
    return local(instant).slice(0, 19).replace("T", " ");
}

// As 2026-11-30.
export function day(instant) {
    return local(instant).slice(0, 10);
}

// As 11-30.
export function shortDay(instant) {
    return local(instant).slice(5, 10);
}

// As 11:49.
export function timeOfDay(instant) {
    return local(instant).slice(11, 16);
}

// As 11:49:32.
export function second(instant) {
    return local(instant).slice(11, 19);
}

// The instant at which a day as 2026-11-30 begins; NaN if it is none.
export function beginOf(text) {
    return Date.parse(`${text}T00:00:00+08:00`);
}
