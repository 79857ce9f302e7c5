import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNamesOf, projectDomain, toAbsoluteHostname, urlOf } from "../../src/model/host-names.ts";

const blue = { project: "shop", name: "blue", suffix: "test", shortNames: true };

test("a service has the short name and the long one, and the short one is shown", () => {
  assert.deepEqual(hostNamesOf(blue, ["web"]).get("web"), {
    advertised: "web.blue.test",
    all: ["web.blue.test", "web.shop.blue.test"],
  });
});

test("without the short names only the long ones are there", () => {
  assert.deepEqual(hostNamesOf({ ...blue, shortNames: false }, ["web"]).get("web"), {
    advertised: "web.shop.blue.test",
    all: ["web.shop.blue.test"],
  });
});

test("a hostname without a dot belongs to the environment, one with a dot stands as it is", () => {
  assert.equal(toAbsoluteHostname(blue, "admin"), "admin.blue.test");
  assert.equal(toAbsoluteHostname({ ...blue, shortNames: false }, "admin"), "admin.shop.blue.test");
  assert.equal(toAbsoluteHostname(blue, "Shop.Example.dev."), "shop.example.dev");
  assert.equal(projectDomain(blue), "shop.blue.test");
});

test("a URL has the lowest port, unless that is 80, and there is none without a port", () => {
  assert.equal(urlOf("web.blue.test", [8080, 80]), "http://web.blue.test");
  assert.equal(urlOf("web.blue.test", [9000, 8080]), "http://web.blue.test:8080");
  assert.equal(urlOf("db.blue.test", []), null);
});
