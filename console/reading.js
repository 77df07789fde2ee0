// What one reading of the metrics says, and what happened between two of them.
import { buckets, parse, quantile, ratesBy, select, sum, sumBy } from "./metrics.js";

// Calls of persons and servers, without those of this console and of probes.
const OWN_DIALECTS = ["admin", "problem"];

function ofOthers(metrics, name) {
    return select(metrics, name).filter(({ labels }) => !OWN_DIALECTS.includes(labels.dialect));
}

function workersOf(metrics, pool) {
    const states = sumBy(select(metrics, "wxuser_workers", { pool }), "state");
    return {
        pool,
        busy: states.get("busy") ?? 0,
        idle: states.get("idle") ?? 0,
        full: sum(select(metrics, "wxuser_workers_full", { pool })),
        configured: sum(select(metrics, "wxuser_workers_configured", { pool })),
    };
}

// at: when it was read, in seconds.
export function readingOf(text, at) {
    const metrics = parse(text);
    return {
        at,
        version: select(metrics, "wxuser_build_info")[0]?.labels.version,
        startedAt: sum(select(metrics, "wxuser_start_time_seconds")),
        requests: sumBy(ofOthers(metrics, "wxuser_requests_total"), "dialect"),
        errors: sumBy(ofOthers(metrics, "wxuser_request_errors_total"), "error"),
        durations: buckets(ofOthers(metrics, "wxuser_request_duration_seconds_bucket")),
        queueWaits: buckets(select(metrics, "wxuser_queue_wait_seconds_bucket")),
        statements: sum(select(metrics, "wxuser_database_statements_total")),
        remoteCalls: sumBy(select(metrics, "wxuser_remote_calls_total"), "outcome"),
        sms: sumBy(select(metrics, "wxuser_sms_messages_total"), "outcome"),
        openBreakers: select(metrics, "wxuser_remote_breaker_open").filter(({ value }) => value > 0)
            .map(({ labels }) => labels),
        inFlight: sum(select(metrics, "wxuser_requests_in_flight")),
        workers: ["core", "remote"].map((pool) => workersOf(metrics, pool)),
    };
}

function milliseconds(seconds) {
    return seconds === null ? null : seconds * 1000;
}

function rate(earlier, later, seconds) {
    return Math.max(0, later - earlier) / seconds;
}

function total(rates) {
    return rates.reduce((sum, [, value]) => sum + value, 0);
}

// Rates by second and quantiles in milliseconds between two readings; null if another process has answered, since each
// counts from its own start.
export function pointBetween(earlier, later) {
    const seconds = later.at - earlier.at;
    if (seconds <= 0 || earlier.startedAt !== later.startedAt) return null;
    const byDialect = ratesBy(earlier.requests, later.requests, seconds);
    const byError = ratesBy(earlier.errors, later.errors, seconds);
    return {
        at: later.at,
        requests: total(byDialect),
        refusals: total(byError),
        byError,
        p50: milliseconds(quantile(0.5, earlier.durations, later.durations)),
        p95: milliseconds(quantile(0.95, earlier.durations, later.durations)),
        p99: milliseconds(quantile(0.99, earlier.durations, later.durations)),
        queueP95: milliseconds(quantile(0.95, earlier.queueWaits, later.queueWaits)),
        statements: rate(earlier.statements, later.statements, seconds),
        remoteCalls: total(ratesBy(earlier.remoteCalls, later.remoteCalls, seconds)),
    };
}
