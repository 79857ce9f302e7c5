import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { access, chmod, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { resolvePaths } from "../../src/base/paths.ts";
import { waitFor } from "../../src/base/wait.ts";
import { createControlClient } from "../../src/control/client.ts";
import type { DaemonStatus } from "../../src/control/messages.ts";
import { toPublished } from "../../src/model/published.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";

const program = fileURLToPath(new URL("../../bin/cilo.cjs", import.meta.url));

describe("the daemon, with an engine that does not answer", () => {
  let home: string;
  const children: ReturnType<typeof spawn>[] = [];
  const blue = makeEnvironment({
    services: { web: makeService({ address: "10.224.0.10", addresses: ["10.224.0.10"] }) },
  });

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), "cilo-daemon-")));
    await writeState([blue]);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(home, { recursive: true });
  });

  async function writeState(environments: Parameters<typeof makeState>[0], revision = 5): Promise<void> {
    const state = makeState(environments, { revision });
    state.hosts.local.engine = { endpoint: `unix://${home}/no-engine.sock`, id: "X" };
    await mkdir(home, { recursive: true });
    await writeFile(join(home, "state.json.new"), JSON.stringify(state), { mode: 0o600 });
    await rename(join(home, "state.json.new"), join(home, "state.json"));
  }

  async function start(
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ child: ReturnType<typeof spawn>; status: DaemonStatus }> {
    const child = spawn(process.execPath, [program, "dns", "start", "--port", "0", "--upstream", "127.0.0.1:9"], {
      env: { ...process.env, CILO_HOME: home, ...env },
      stdio: "ignore",
    });
    children.push(child);
    const client = control(env);
    const status = await waitFor(() => client.send({ type: "status" }), { timeoutMs: 15_000 });
    assert.ok(status, "the daemon did not start");
    return { child, status };
  }

  function control(env: NodeJS.ProcessEnv = {}) {
    return createControlClient(resolvePaths({ CILO_HOME: home, ...env }).socket);
  }

  async function resolve(port: number, name: string): Promise<string[]> {
    const resolver = new Resolver({ timeout: 1_000, tries: 2 });
    resolver.setServers([`127.0.0.1:${port}`]);
    try {
      return await resolver.resolve4(name);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOTFOUND") return [];
      throw error;
    }
  }

  test("serves the addresses that state remembers", async () => {
    const { status } = await start();

    assert.deepEqual(await resolve(status.port, "web.blue.test"), ["10.224.0.10"]);
    assert.equal(status.engine.connected, false);
  });

  test("ends with 0 on SIGTERM, and takes its socket along", async () => {
    const { child } = await start();

    child.kill("SIGTERM");
    const [code] = await once(child, "exit");

    assert.equal(code, 0);
    await assert.rejects(access(join(home, "run/cilo.sock")), { code: "ENOENT" });
  });

  test("starts again after it was killed", async () => {
    const { child } = await start();
    child.kill("SIGKILL");
    await once(child, "exit");

    const { status } = await start();

    assert.deepEqual(await resolve(status.port, "web.blue.test"), ["10.224.0.10"]);
  });

  test("reads state again when the file is replaced under it", async () => {
    const { status } = await start();
    const green = makeEnvironment({
      name: "green",
      subnet: "10.224.1.0/24",
      services: { web: makeService({ addresses: ["10.224.1.10"] }) },
    });

    await writeState([green], 6);

    const look = async () => ((await resolve(status.port, "web.green.test")).length === 1 ? true : null);
    assert.ok(await waitFor(look, { timeoutMs: 5_000 }));
    assert.deepEqual(await resolve(status.port, "web.blue.test"), []);
  });

  test("keeps answering from what it knew when state becomes unreadable", async () => {
    const { status } = await start();

    await writeFile(join(home, "state.json"), "{ torn");

    const { port, revision } = (await control().send({ type: "status" })) ?? { port: 0, revision: 0 };
    assert.equal(revision, 5);
    assert.equal(port, status.port);
    assert.deepEqual(await resolve(status.port, "web.blue.test"), ["10.224.0.10"]);
  });

  test("answers with what a command publishes as soon as it has acknowledged", async () => {
    const { status } = await start();
    const changed = makeEnvironment({ services: { web: makeService({ addresses: ["10.224.0.77"] }) } });

    const acknowledged = await control().send({
      type: "publish",
      revision: 9,
      status: "running",
      composeProject: changed.composeProject,
      environment: toPublished(changed),
    });

    assert.equal(acknowledged?.revision, 9);
    assert.deepEqual(await resolve(status.port, "web.blue.test"), ["10.224.0.77"]);
    await control().send({ type: "withdraw", revision: 10, environmentId: changed.id });
    assert.deepEqual(await resolve(status.port, "web.blue.test"), []);
  });

  test("its socket is for its user alone", async () => {
    await start();

    assert.equal((await stat(join(home, "run/cilo.sock"))).mode & 0o777, 0o600);
  });

  test("a CILO_HOME too deep for a socket has it elsewhere, and says where", async () => {
    const outer = home;
    home = join(outer, "deep".repeat(30));
    await writeState([blue]);
    try {
      const env = { XDG_RUNTIME_DIR: outer };
      await chmod(outer, 0o700);

      const { status } = await start(env);

      assert.deepEqual(await resolve(status.port, "web.blue.test"), ["10.224.0.10"]);
      assert.match(await readFile(join(home, "run/socket"), "utf8"), /cilo-[0-9a-f]{12}\.sock\n$/);
      await control(env).send({ type: "stop" });
      assert.ok(
        await waitFor(
          async () =>
            (await control(env)
              .send({ type: "status" })
              .catch(() => 1)) === null
              ? true
              : null,
          { timeoutMs: 5_000 },
        ),
      );
    } finally {
      home = outer;
    }
  });
});
