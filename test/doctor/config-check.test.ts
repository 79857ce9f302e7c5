import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { resolvePaths } from "../../src/base/paths.ts";
import type { ControllerContext } from "../../src/controller/context.ts";
import { configCheck } from "../../src/doctor/config-check.ts";

let home = "";
before(async () => {
  home = await mkdtemp(join(tmpdir(), "cilo-config-check-"));
});
after(() => rm(home, { recursive: true }));

async function check(text: string) {
  const paths = resolvePaths({ CILO_HOME: home });
  await writeFile(paths.configFile, text);
  return configCheck.run({ paths } as unknown as ControllerContext, null);
}

test("settings that the server can start with are all right, and none are nothing to speak of", async () => {
  const some = await check("dns: { port: 5300, upstreams: [corp.example=10.8.0.1] }\n");
  const none = await check("# nothing yet\n");

  assert.deepEqual(
    some.map(({ severity, message }) => `${severity} ${message}`),
    [`ok ${join(home, "config.yml")}: port, upstreams`],
  );
  assert.deepEqual(none, []);
});

test("settings that keep the server from starting are a problem, told with line and column", async () => {
  await assert.rejects(check("dns:\n  port: 15354\n  nope: 1\n"), {
    code: "CILO_CONFIG_INVALID",
    message: /config\.yml:3:3: .*"nope"/,
  });
});
