import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { stateVersion } from "../../src/model/state.ts";
import { migrate } from "../../src/state/migrate.ts";
import { parseState } from "../../src/state/schema.ts";

const fixtures = new URL("../../fixtures/", import.meta.url);
const installation = "0b0c3f5e-2f0e-4f57-9d0a-3c1b8f6f7d11";

async function readFixture(version: number): Promise<unknown> {
  return JSON.parse(await readFile(new URL(`state-v${version}.json`, fixtures), "utf8"));
}

/** The document after migration; fails the test when there are problems. */
function migrated(document: unknown, version: number): unknown {
  const result = migrate(document, version, installation);
  assert.ok("document" in result, JSON.stringify(result));
  return result.document;
}

test("every version up to the current one has a fixture", async () => {
  const names = (await readdir(fixtures)).filter((name) => /^state-v[0-9]+\.json$/.test(name)).sort();

  assert.deepEqual(
    names,
    Array.from({ length: stateVersion }, (_, index) => `state-v${index + 1}.json`),
  );
});

for (let version = 1; version <= stateVersion; version += 1) {
  test(`a file of version ${version} becomes a valid one of version ${stateVersion}, the same each time`, async () => {
    const document = await readFixture(version);

    const first = migrated(document, version);
    const second = migrated(structuredClone(document), version);

    assert.ok("state" in parseState(first), JSON.stringify(parseState(first)));
    assert.deepEqual(first, second);
    assert.deepEqual(migrated(first, stateVersion), first);
    assert.deepEqual(document, await readFixture(version));
  });
}

test("an old file that is not of its version's shape is refused with everything that is wrong", () => {
  const document = {
    dns_port: "5354",
    hosts: { local: { environments: { "shop/login": { name: 1, services: { web: { ip: 2 } } }, broken: null } } },
  };

  const result = migrate(document, 2, installation);

  assert.deepEqual(result, {
    problems: [
      'dns_port: expected number but is "5354"',
      'hosts.local.environments["shop/login"].name: expected string but is 1',
      'hosts.local.environments["shop/login"].services.web.ip: expected string but is 2',
      "hosts.local.environments.broken: expected Object but is null",
    ],
  });
});
