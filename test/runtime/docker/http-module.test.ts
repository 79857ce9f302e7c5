import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { startFakeEngine } from "../../support/fake-engine.ts";

const run = promisify(execFile);

/** The built-in modules that Node has loaded into a process, as `process.moduleLoadList` names them. */
function modulesAfter(script: string): string {
  return `${script}; console.log(JSON.stringify(process.moduleLoadList))`;
}

test("asking an engine at a socket loads neither fetch nor TLS nor HTTP/2", async () => {
  await using engine = await startFakeEngine((_, response) => response.end("[1]"));
  const load = (name: string) =>
    `await import("${new URL(`../../../src/runtime/docker/${name}.ts`, import.meta.url)}")`;
  const script = modulesAfter(`
    const { openConnection } = ${load("connection")};
    const { getJson } = ${load("http")};
    const reply = await getJson(await openConnection("${engine.endpoint}", {}), "/info");
    if (reply[0] !== 1) throw new Error("another reply");
  `);

  const { stdout } = await run(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script]);

  const loaded = (JSON.parse(stdout) as string[]).filter((name) => name.startsWith("NativeModule "));
  assert.ok(loaded.includes("NativeModule http"));
  const needless = ["internal/deps/undici/undici", "tls", "https", "http2"].map((name) => `NativeModule ${name}`);
  assert.deepEqual(
    loaded.filter((name) => needless.includes(name)),
    [],
  );
});
