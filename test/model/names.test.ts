import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CiloError } from "../../src/base/errors.ts";
import {
  labelServices,
  maxComposeProjectLength,
  parseSlug,
  toComposeProjectName,
  toHostLabel,
  toSlug,
} from "../../src/model/names.ts";

describe("parseSlug", () => {
  for (const good of ["a", "login", "feature-login-2", "1a", "a".repeat(40)]) {
    test(`takes ${good}`, () => {
      assert.equal(parseSlug(good, "environment"), good);
    });
  }

  const refused: [string, string | null][] = [
    ["feature/Login_2", "feature-login-2"],
    ["Login", "login"],
    ["-a", "a"],
    ["a_b", "a-b"],
    ["", null],
    ["../..", null],
    ["ns", null],
    ["localhost", null],
    ["wpad", null],
    ["isatap", null],
    ["WPAD", null],
    ["_dmarc", "dmarc"],
    ["123", null],
    ["\u2460\u2461", null],
    ["\uff2c\uff2f\uff27\uff29\uff2e", "login"],
    ["caf\u00e9", "caf"],
    ["\u65e5\u672c", null],
    ["a".repeat(41), "a".repeat(40)],
  ];
  for (const [bad, suggestion] of refused) {
    test(`refuses ${JSON.stringify(bad)} and suggests ${suggestion}`, () => {
      assert.throws(
        () => parseSlug(bad, "environment"),
        (error: unknown) =>
          error instanceof CiloError &&
          error.code === "CILO_NAME_INVALID" &&
          (suggestion === null ? !error.hint?.startsWith('use "') : error.hint === `use "${suggestion}"`),
      );
    });
  }

  test("a project may be called what an environment may not: its name is never right below the suffix", () => {
    assert.deepEqual(
      ["ns", "localhost", "123"].map((name) => parseSlug(name, "project")),
      ["ns", "localhost", "123"],
    );
  });

  test("what toSlug makes is always accepted as a project name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const slug = toSlug(text);
        if (slug !== null) assert.equal(parseSlug(slug, "project"), slug);
      }),
    );
  });
});

describe("toHostLabel", () => {
  test("keeps long names apart by a hash in place of their tail", () => {
    const first = toHostLabel(`${"a".repeat(70)}1`);
    const second = toHostLabel(`${"a".repeat(70)}2`);

    assert.equal(first?.length, 63);
    assert.notEqual(first, second);
  });

  test("makes host labels (RFC 1123) or nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const label = toHostLabel(text);
        if (label !== null) assert.match(label, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      }),
    );
  });
});

describe("labelServices", () => {
  const cases: [string[], Record<string, string[]>][] = [
    [["web"], { web: ["web"] }],
    [["my_db"], { my_db: ["my-db", "my_db"] }],
    [["my_db", "my-db"], { "my-db": ["my-db"], my_db: ["my-db-e0a3", "my_db"] }],
    [["my.svc"], { "my.svc": ["my-svc"] }],
    [["Web"], { Web: ["web"] }],
    [["Web", "web"], { web: ["web"], Web: ["web-2975"] }],
    [["my_db", "my.db"], { "my.db": ["my-db"], my_db: ["my-db-e0a3", "my_db"] }],
    [
      ["my_db", "my-db", "my-db-e0a3"],
      { "my-db": ["my-db"], "my-db-e0a3": ["my-db-e0a3"], my_db: ["my-db-e0a37f2f", "my_db"] },
    ],
    [["ns", "localhost", "wpad"], { ns: ["ns"], localhost: ["localhost"], wpad: ["wpad"] }],
    [["_tcp"], { _tcp: ["tcp", "_tcp"] }],
    [["-web-"], { "-web-": ["web", "-web-"] }],
    [["a--b"], { "a--b": ["a-b", "a--b"] }],
    [["\uff37\uff25\uff22"], { "\uff37\uff25\uff22": ["web"] }],
  ];
  for (const [services, expected] of cases) {
    test(`labels ${services.join(", ")}`, () => {
      const labels = Object.fromEntries([...labelServices(services)].map(([name, { all }]) => [name, all]));

      assert.deepEqual(labels, expected);
    });
  }

  test("never gives two services one label, and does not depend on their order", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-zA-Z0-9._-]{1,8}$/), { maxLength: 12 });
    fc.assert(
      fc.property(names, (services) => {
        const labels = labelServices(services);
        const all = [...labels.values()].flatMap((entry) => entry.all);

        assert.equal(new Set(all).size, all.length, all.join(" "));
        assert.deepEqual(labelServices([...services].reverse()), labels);
      }),
    );
  });
});

describe("toComposeProjectName", () => {
  test("says project and environment", () => {
    assert.equal(toComposeProjectName("shop", "login", new Set()), "cilo-shop-login");
  });

  test("tells a-b/c from a/b-c", () => {
    const first = toComposeProjectName("a-b", "c", new Set());
    const second = toComposeProjectName("a", "b-c", new Set([first]));

    assert.equal(first, "cilo-a-b-c");
    assert.notEqual(second, first);
  });

  test("stays within the limit for the longest names", () => {
    const name = toComposeProjectName("p".repeat(40), "e".repeat(40), new Set());

    assert.ok(name.length <= maxComposeProjectLength, name);
    assert.match(name, /^cilo-p+-e*-?[0-9a-f]{6}$/);
  });
});
