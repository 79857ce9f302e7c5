import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { emptyState } from "../../src/model/state.ts";
import { parseState } from "../../src/state/schema.ts";

const fixture = await readFile(new URL("../../fixtures/state-v3.json", import.meta.url), "utf8");

/** The fixture with one field changed; `undefined` removes it. */
function withField(path: readonly string[], value: unknown): unknown {
  const document: unknown = JSON.parse(fixture);
  const last = path.at(-1) ?? "";
  let target = document as Record<string, unknown>;
  for (const key of path.slice(0, -1)) target = target[key] as Record<string, unknown>;
  if (value === undefined) delete target[last];
  else target[last] = value;
  return document;
}

const environment = ["hosts", "local", "environments", "shop/login"];
const environmentText = 'hosts.local.environments["shop/login"]';

test("an empty state is valid", () => {
  const state = emptyState("0b0c3f5e-2f0e-4f57-9d0a-3c1b8f6f7d11");

  assert.deepEqual(parseState(state), { state });
});

test("fields that are not known are kept, whatever they are called", () => {
  const document: unknown = JSON.parse(fixture);

  assert.deepEqual(parseState(document), { state: JSON.parse(fixture) });
});

for (const [path, value] of [
  [[...environment, "profilesChosen"], true],
  [[...environment, "services", "web", "purpose"], "job"],
] as const) {
  test(`accepts ${path.at(-1)}, which older files do not have`, () => {
    const document = withField(path, value);

    assert.deepEqual(parseState(document), { state: document });
  });
}

test("a file of before there were networks to keep is valid, and one with them is kept whole", () => {
  const [before, after] = [JSON.parse(fixture), withField([...environment, "keptNetworks"], { back: "10.225.0.0/24" })];

  assert.equal(before.hosts.local.environments["shop/login"].keptNetworks, undefined);
  assert.deepEqual(parseState(before), { state: before });
  assert.deepEqual(parseState(after), { state: after });
});

const violations: [path: string[], value: unknown, problem: string][] = [
  [["revision"], -1, "revision: expected 0 or more but is -1"],
  [["revision"], "41", 'revision: expected number but is "41"'],
  [["installation"], undefined, "installation: is missing"],
  [["version"], 2, "version: expected 3 but is 2"],
  [["baseSubnet"], "10.224.", 'baseSubnet: expected a CIDR such as "10.224.3.0/24" but is "10.224."'],
  [["dnsPort"], 65_536, "dnsPort: expected at most 65535 but is 65536"],
  [["sharedNetworks"], [], "sharedNetworks: expected an object"],
  [["hosts", "local", "environments"], null, "hosts.local.environments: expected an object"],
  [environment, "x", `${environmentText}: expected Object but is "x"`],
  [[...environment, "id"], "../../x", `${environmentText}.id: expected letters, digits and hyphens but is "../../x"`],
  [
    [...environment, "projectPath"],
    "a/../..",
    `${environmentText}.projectPath: expected a path that stays inside the workspace but is "a/../.."`,
  ],
  [
    [...environment, "subnet"],
    "10.224.256.0/24",
    `${environmentText}.subnet: expected a CIDR such as "10.224.3.0/24" but is "10.224.256.0/24"`,
  ],
  [
    [...environment, "keptNetworks"],
    { back: "none" },
    `${environmentText}.keptNetworks.back: expected a CIDR such as "10.224.3.0/24" but is "none"`,
  ],
  [["keptBaseSubnet"], "10.225", 'keptBaseSubnet: expected a CIDR such as "10.224.3.0/24" but is "10.225"'],
  [
    [...environment, "createdAt"],
    "yesterday",
    `${environmentText}.createdAt: expected an ISO 8601 time but is "yesterday"`,
  ],
  [
    [...environment, "services", "constructor", "addresses"],
    ["::1"],
    `${environmentText}.services.constructor.addresses[0]: expected an IPv4 address but is "::1"`,
  ],
  [
    [...environment, "operation", "child", "pid"],
    1,
    `${environmentText}.operation.child.pid: expected 2 or more but is 1`,
  ],
  [[...environment, "name"], "signup", `${environmentText}: its project and name make "shop/signup"`],
];

for (const [path, value, problem] of violations) {
  test(`refuses a state file: ${problem}`, () => {
    const result = parseState(withField(path, value));

    assert.deepEqual(result, { problems: [problem] });
  });
}

for (const name of ["..", "a/b", "A", "-a", "a".repeat(41), ""]) {
  test(`refuses ${JSON.stringify(name)} as a name, which would become a path`, () => {
    const result = parseState(withField([...environment, "project"], name));

    assert.ok("problems" in result);
  });
}

test("refuses two environments with one id", () => {
  const document = withField(["hosts", "local", "environments", "shop/other"], {
    ...JSON.parse(fixture).hosts.local.environments["shop/login"],
    name: "other",
  });

  const result = parseState(document);

  assert.deepEqual(result, { problems: ['hosts.local.environments["shop/other"].id: is the id of "shop/login" too'] });
});

test("reports every problem at once", () => {
  const document = withField([...environment, "subnet"], 5) as Record<string, unknown>;
  document.dnsPort = 0;
  delete document.suffix;

  const result = parseState(document);

  assert.deepEqual(result, {
    problems: [
      "dnsPort: expected 1 or more but is 0",
      "suffix: is missing",
      `${environmentText}.subnet: expected string but is 5`,
    ],
  });
});
