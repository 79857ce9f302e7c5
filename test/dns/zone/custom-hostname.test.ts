import assert from "node:assert/strict";
import { test } from "node:test";
import { formatName } from "../../../src/dns/wire/name.ts";
import { parseCustomHostname } from "../../../src/dns/zone/custom-hostname.ts";

const login = { project: "shop", name: "login", suffix: "test", shortNames: true };

for (const { entry, kind = "exact", name, text = name, environment = login } of [
  { entry: "admin", name: "admin.login.test" },
  { entry: " admin ", name: "admin.login.test" },
  { entry: "admin", name: "admin.shop.login.test", environment: { ...login, shortNames: false } },
  { entry: "Shop.Example.DEV.", name: "shop.example.dev" },
  { entry: "bücher", name: "xn--bcher-kva.login.test", text: "bücher.login.test (xn--bcher-kva.login.test)" },
  { entry: "bücher.example", name: "xn--bcher-kva.example", text: "bücher.example (xn--bcher-kva.example)" },
  { entry: "*.shop.example", kind: "wildcard", name: "shop.example", text: "*.shop.example" },
  { entry: "*", kind: "wildcard", name: "login.test", text: "*.login.test" },
  { entry: "123", name: "123.login.test" },
]) {
  test(`${JSON.stringify(entry)} of ${environment.shortNames ? "login" : "shop/login"} is ${kind} ${name}`, () => {
    const hostname = parseCustomHostname(environment, entry);

    assert.ok(hostname.kind !== "invalid");
    assert.deepEqual({ ...hostname, name: formatName(hostname.name) }, { kind, name, text });
  });
}

for (const { entry, text, reason } of [
  { entry: "", text: ".login.test", reason: '"" is no label (letters, digits and inner hyphens)' },
  { entry: "*.dev", text: "*.dev", reason: "it would take a whole top-level domain" },
  { entry: "a.b.9", text: "a.b.9", reason: "it ends in a number, as addresses do" },
  {
    entry: "a".repeat(64),
    text: `${"a".repeat(64)}.login.test`,
    reason: `its label "${"a".repeat(64)}" is 64 characters long, the limit is 63`,
  },
  {
    entry: `${"a.".repeat(126)}bc`,
    text: `${"a.".repeat(126)}bc`,
    reason: "it is 254 characters long, the limit is 253",
  },
]) {
  test(`${JSON.stringify(entry.slice(0, 20))} is left out: ${reason.slice(0, 60)}`, () => {
    assert.deepEqual(parseCustomHostname(login, entry), { kind: "invalid", text, reason });
  });
}
