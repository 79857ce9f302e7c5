import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { access, chmod, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { resolvePaths } from "../../src/base/paths.ts";
import { identityOf } from "../../src/base/process-identity.ts";
import { waitFor } from "../../src/base/wait.ts";
import { createControlClient } from "../../src/control/client.ts";
import type { DaemonStatus } from "../../src/control/messages.ts";
import { toPublished } from "../../src/model/published.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { createWorld, eventually, type World } from "../support/world.ts";

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

  async function writeState(
    environments: Parameters<typeof makeState>[0],
    changes: Parameters<typeof makeState>[1] = {},
  ): Promise<void> {
    const state = makeState(environments, { revision: 5, ...changes });
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
    return createControlClient(resolvePaths({ CILO_HOME: home, ...env }));
  }

  function run(...args: string[]) {
    return exec(process.execPath, [program, ...args], {
      env: { ...process.env, CILO_HOME: home, NO_COLOR: "1" },
      timeoutMs: 30_000,
    });
  }

  async function answers(port: number, name: string, addresses: readonly string[]): Promise<boolean> {
    return eventually(async () => (await resolve(port, name)).join() === addresses.join());
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

    await writeState([green], { revision: 6 });

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

  test("follows a state file that the user put in the newer one's place, of whatever revision and installation", async () => {
    const { status } = await start();
    const at = (address: string) => [makeEnvironment({ services: { web: makeService({ addresses: [address] }) } })];

    await writeState(at("10.224.0.2"), { revision: 2 });
    assert.ok(await answers(status.port, "web.blue.test", ["10.224.0.2"]), "an older file of the same installation");
    await writeState(at("10.224.0.1"), { revision: 1, installation: "22222222-2222-4222-8222-222222222222" });

    assert.ok(await answers(status.port, "web.blue.test", ["10.224.0.1"]), "another installation's");
  });

  test("makes no new zone when state is written without moving a name", async () => {
    const { status } = await start();

    await writeState([{ ...blue, lastError: "it failed" }], { revision: 6 });
    const read = await waitFor(
      async () => {
        const now = await control().send({ type: "status" });
        return now?.revision === 6 ? now : null;
      },
      { timeoutMs: 5_000 },
    );

    assert.equal(read?.serial, status.serial);
  });

  test("acknowledges a command that comes late with what it serves instead", async () => {
    const { status } = await start();
    const { composeProject } = blue;
    const published = { type: "publish", status: "running", composeProject, environment: toPublished(blue) } as const;
    await control().send({ type: "withdraw", revision: 10, environmentId: blue.id });

    const late = await control().send({ ...published, revision: 9 });

    assert.deepEqual([late?.revision, late?.warnings], [10, []]);
    assert.deepEqual(await resolve(status.port, "web.blue.test"), []);
  });

  test("acknowledges with the warnings that concern the environment", async () => {
    const rival = makeEnvironment({
      name: "green",
      createdAt: "2026-11-21T12:00:00.000Z",
      services: { web: makeService({ hostnames: ["web.blue.test"] }) },
    });
    const { composeProject } = rival;
    await start();

    const acknowledged = await control().send({
      type: "publish",
      revision: 9,
      status: "running",
      composeProject,
      environment: toPublished(rival),
    });

    assert.equal(acknowledged?.warnings.length, 1);
    assert.match(acknowledged?.warnings[0] ?? "", /^web\.blue\.test, asked for by .*shop\/green/);
  });

  test("that cannot have its socket says so, ends, and frees its port", async () => {
    const port = await findFreePort();
    await mkdir(join(home, "run/cilo.sock"), { recursive: true });

    const { exitCode, stderr } = await run("dns", "start", "--port", String(port), "--upstream", "127.0.0.1:9");

    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, /^cilo: cannot listen on the control socket .*\[CILO_LISTEN_FAILED\]\nhint: run "ls -ld /m);
    assert.equal(await findFreePort(port), port);
  });

  test("that hangs is named by pid to whoever would stop it", async () => {
    const { child } = await start();
    child.kill("SIGSTOP");

    const { exitCode, stderr } = await run("dns", "stop");
    child.kill("SIGCONT");

    assert.equal(exitCode, 3);
    assert.match(stderr, new RegExp(`\\nhint: end it with "kill ${child.pid}"`));
  });

  test("behind the terminal ends with the command that is interrupted while it starts", async () => {
    const interrupted = spawn(process.execPath, [program, "dns", "start", "--detach", "--port", "0"], {
      env: { ...process.env, CILO_HOME: home },
      stdio: "ignore",
    });
    children.push(interrupted);
    const owner = join(home, "locks/daemon/owner.json");
    const started = await waitFor(() => readFile(owner, "utf8").catch(() => null), {
      timeoutMs: 15_000,
      intervalMs: 2,
    });
    const { pid } = JSON.parse(started ?? "{}") as { pid: number };

    interrupted.kill("SIGINT");
    await once(interrupted, "exit");

    // The daemon may have answered before the signal came; then it is to stay.
    if (interrupted.exitCode === 0) await run("dns", "stop");
    assert.ok(await waitFor(async () => ((await identityOf(pid)) === null ? true : null), { timeoutMs: 10_000 }));
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
      assert.match(await readFile(join(home, "run/socket"), "utf8"), /cilo-[0-9a-f]{12}\.sock\n\d+\n$/);
      // A command whose environment would have it elsewhere.
      assert.equal((await control({ XDG_RUNTIME_DIR: undefined }).send({ type: "status" }))?.pid, status.pid);
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

describe("the daemon, with a real engine", { skip: await engineSkip() }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    await world.startDns();
  });
  after(() => world[Symbol.asyncDispose]());

  test("a name goes as soon as its container was stopped or killed by hand, and is back when it runs again, every time", async () => {
    const services = "services: { web: { image: IMAGE, command: [sleep, '600'], stop_signal: SIGKILL } }";
    await world.must("create", "red", "--from", await world.write("daemon", services));
    await world.must("up", "daemon/red");
    const [container = ""] = (await world.engineObjects()).filter((name) => name.startsWith("container "));
    const name = container.replace("container ", "");

    for (let round = 1; round <= 6; round += 1) {
      await docker(round % 2 === 0 ? "kill" : "stop", name);
      const isGone = await eventually(async () => (await world.resolve("web.red.test")).length === 0);
      assert.ok(isGone, `round ${round}: it still has a name`);
      await docker("start", name);
      const isBack = await eventually(async () => (await world.resolve("web.red.test")).length === 1);
      assert.ok(isBack, `round ${round}: it has no name`);
    }
  });
});

/** A port that is free for UDP and was a moment ago; `wanted` when that one is. */
async function findFreePort(wanted = 0): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(wanted, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}
