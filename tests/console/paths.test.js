import assert from "node:assert/strict";
import test from "node:test";
import { parametersOf, segmentsOf } from "../../console/paths.js";

test("a path has names that a location fills in", () => {
    assert.deepEqual(parametersOf("users/:id", segmentsOf("#/users/7")), { id: "7" });
    assert.deepEqual(parametersOf("", segmentsOf("")), {});
    assert.equal(parametersOf("users/:id", segmentsOf("#/users")), null);
    assert.equal(parametersOf("users/:id", segmentsOf("#/members/7")), null);
});

test("a location that cannot be decoded is no path", () => {
    for (const hash of ["#/users/%", "#/%c3"]) assert.equal(parametersOf("users/:id", segmentsOf(hash)), null);
});
