import assert from "node:assert/strict";
import test from "node:test";
import { buckets, parse, quantile, ratesBy, select, sum, sumBy } from "../../console/metrics.js";
import { pointBetween, readingOf } from "../../console/reading.js";

test("samples have name, labels and value", () => {
    const metrics = parse('# HELP a What.\n# TYPE a counter\na 1\nb{c="d",e="f"} 2.5\nb{c="x"} +Inf\n\nbroken line here\n');
    assert.deepEqual([...metrics.keys()], ["a", "b"]);
    assert.deepEqual(metrics.get("b"), [{ labels: { c: "d", e: "f" }, value: 2.5 }, { labels: { c: "x" }, value: Infinity }]);
});

test("labels are unescaped once", () => {
    const [{ labels }] = parse('a{path="/v1/x{y},z",text="a\\"b\\\\n\\nc"} 1').get("a");
    assert.deepEqual(labels, { path: "/v1/x{y},z", text: 'a"b\\n\nc' });
});

test("select takes those that have all labels", () => {
    const metrics = parse('a{x="1",y="1"} 1\na{x="1",y="2"} 2\na{x="2",y="1"} 4');
    assert.equal(sum(select(metrics, "a", { x: "1" })), 3);
    assert.equal(sum(select(metrics, "a", { x: "1", y: "2" })), 2);
    assert.equal(sum(select(metrics, "none")), 0);
    assert.deepEqual([...sumBy(select(metrics, "a"), "y")], [["1", 5], ["2", 2]]);
});

test("rates are of what has grown, the largest first", () => {
    const earlier = new Map([["a", 10], ["b", 5], ["c", 7]]);
    const later = new Map([["a", 14], ["b", 25], ["c", 7], ["d", 2]]);
    assert.deepEqual(ratesBy(earlier, later, 2), [["b", 10], ["a", 2], ["d", 1]]);
});

test("a counter that begins anew counts from 0", () => {
    assert.deepEqual(ratesBy(new Map([["a", 100]]), new Map([["a", 6]]), 3), [["a", 2]]);
});

// Of 10: 4 up to 0.1, 5 up to 0.2, 1 beyond.
const HISTOGRAM = 'h_bucket{p="x",le="0.1"} 4\nh_bucket{p="x",le="0.2"} 8\nh_bucket{p="x",le="+Inf"} 9\n' +
    'h_bucket{p="y",le="0.1"} 0\nh_bucket{p="y",le="0.2"} 1\nh_bucket{p="y",le="+Inf"} 1\n';
const none = new Map();

test("a quantile lies within its bucket", () => {
    const later = buckets(select(parse(HISTOGRAM), "h_bucket"));
    assert.deepEqual([...later], [[0.1, 4], [0.2, 9], [Infinity, 10]]);
    assert.ok(Math.abs(quantile(0.2, none, later) - 0.05) < 1e-12);
    assert.ok(Math.abs(quantile(0.5, none, later) - 0.12) < 1e-12);
    assert.equal(quantile(0.99, none, later), 0.2);
});

test("a quantile is of what came in between, null if nothing came", () => {
    const earlier = new Map([[0.1, 4], [0.2, 4], [Infinity, 4]]);
    const later = new Map([[0.1, 4], [0.2, 6], [Infinity, 6]]);
    assert.ok(Math.abs(quantile(0.5, earlier, later) - 0.15) < 1e-12);
    assert.equal(quantile(0.5, later, later), null);
    assert.equal(quantile(0.5, none, none), null);
});

function reading(at, startedAt, n, nAdmin) {
    return readingOf(`wxuser_start_time_seconds ${startedAt}\n` +
        `wxuser_requests_total{dialect="v1",status="200"} ${n}\nwxuser_requests_total{dialect="admin",status="200"} ${nAdmin}\n` +
        `wxuser_request_errors_total{dialect="v1",error="RATE"} ${n / 2}\n` +
        `wxuser_request_duration_seconds_bucket{dialect="v1",le="0.1"} ${n}\n` +
        `wxuser_request_duration_seconds_bucket{dialect="v1",le="+Inf"} ${n}\n` +
        "wxuser_workers{pool=\"core\",state=\"busy\"} 3\n", at);
}

test("a point has rates and quantiles of others' calls", () => {
    const point = pointBetween(reading(100, 1, 10, 5), reading(102, 1, 30, 99));
    assert.equal(point.requests, 10);
    assert.equal(point.refusals, 5);
    assert.deepEqual(point.byError, [["RATE", 5]]);
    assert.ok(Math.abs(point.p50 - 50) < 1e-9);
    assert.equal(point.queueP95, null);
});

test("two processes have nothing in between", () => {
    assert.equal(pointBetween(reading(100, 1, 10, 0), reading(102, 2, 30, 0)), null);
});

test("a reading knows its workers", () => {
    const [core, remote] = reading(100, 1, 0, 0).workers;
    assert.deepEqual([core.pool, core.busy, remote.busy], ["core", 3, 0]);
});
