import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { createWorld, listTree, type Run, type World } from "../support/world.ts";

const skip = await engineSkip();
const service = "services: { web: { image: IMAGE, command: [httpd, -f, -h, /etc], init: true } }";

/** A refusal has this code and exit code, a hint, and no stack. */
function assertRefused(run: Run, exitCode: number, code: string, says: RegExp): void {
  assert.equal(run.code, exitCode, run.stderr);
  assert.match(run.stderr, new RegExp(`\\[${code}\\]`));
  assert.match(run.stderr, says);
  assert.match(run.stderr, /\nhint: /);
  assert.doesNotMatch(run.stderr, /\n\s+at /);
}

describe("bad input to create", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    await world.must("create", "shop/blue", "--from", await world.project("shop"));
  });
  after(() => world[Symbol.asyncDispose]());

  const cases: [string, string[], number, string, RegExp][] = [
    [
      "a bad name",
      ["create", "feature/Login_2", "--from", "src/shop"],
      2,
      "CILO_NAME_INVALID",
      /hint: use "feature-login-2"/,
    ],
    [
      "a bad name and no Compose file",
      ["create", "Feature/X_1", "--from", "src/shop/site"],
      2,
      "CILO_NAME_INVALID",
      /feature-x-1/,
    ],
    ["an upper-case name", ["create", "Blue", "--from", "src/shop"], 2, "CILO_NAME_INVALID", /hint: use "blue"/],
    ["a name that climbs", ["create", "..", "--from", "src/shop"], 2, "CILO_NAME_INVALID", /lower-case letters/],
    [
      "a bad project",
      ["create", "a", "--project", "My Shop", "--from", "src/shop"],
      2,
      "CILO_NAME_INVALID",
      /hint: use "my-shop"/,
    ],
    ["a directory that is not there", ["create", "a", "--from", "src/none"], 2, "CILO_SOURCE_INVALID", /src\/none/],
    ["a file", ["create", "a", "--from", "src/shop/compose.yml"], 2, "CILO_SOURCE_INVALID", /not a directory/],
    ["a directory that holds CILO_HOME", ["create", "a", "--from", "."], 2, "CILO_SOURCE_INVALID", /CILO_HOME|home/],
    [
      "a project without a Compose file",
      ["create", "a", "--from", "src/shop/site"],
      2,
      "CILO_COMPOSE_FILE_NOT_FOUND",
      /compose\.yaml/,
    ],
    [
      "an environment that is there",
      ["create", "shop/blue", "--from", "src/shop"],
      4,
      "CILO_ENVIRONMENT_EXISTS",
      /cilo up shop\/blue/,
    ],
    ["no name", ["create"], 2, "CILO_USAGE", /missing required argument/],
    ["an unknown option", ["create", "a", "--form", "src/shop"], 2, "CILO_USAGE", /unknown option '--form'/],
    ["an unknown command", ["crate", "a"], 2, "CILO_USAGE", /unknown command 'crate'/],
    ["an unknown environment", ["up", "red"], 2, "CILO_ENVIRONMENT_NOT_FOUND", /choose one of shop\/blue/],
    ["two projects at once", ["up", "shop/blue", "--project", "blog"], 2, "CILO_USAGE", /two projects/],
  ];
  for (const [what, args, exitCode, code, says] of cases) {
    test(`${what}: exit ${exitCode}, and nothing changes`, async () => {
      const before = await readFile(join(world.home, "state.json"), "utf8");
      const tree = await listTree(join(world.home, "envs"));

      const run = await world.cilo(args);

      assertRefused(run, exitCode, code, says);
      assert.equal(await readFile(join(world.home, "state.json"), "utf8"), before);
      assert.deepEqual(await listTree(join(world.home, "envs")), tree);
    });
  }

  test("problems of .cilo/config.yml come all at once with their places", async () => {
    const path = await world.write("odd", service, {
      ".cilo/config.yml": "project: My Shop\ncompose_file: x.yml\ndns_suffix: local\n",
    });

    const run = await world.cilo(["create", "a", "--from", path]);

    assertRefused(run, 2, "CILO_CONFIG_INVALID", /config\.yml:1:10[\s\S]*config\.yml:2:1[\s\S]*config\.yml:3:13/);
  });

  test("--json gives the refusal as JSON on stdout", async () => {
    const run = await world.cilo(["status", "red", "--json"]);

    assert.equal(JSON.parse(run.stdout).error.code, "CILO_ENVIRONMENT_NOT_FOUND");
    assert.equal(run.code, 2);
  });
});

describe("up that cannot be", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  test("invalid YAML: Compose's own words with file, line and column", async () => {
    await world.must(
      "create",
      "yaml/blue",
      "--from",
      await world.write("yaml", "services:\n  web:\n    image: x\n   ports: ["),
    );

    const run = await world.cilo(["up", "yaml/blue"]);

    assertRefused(run, 2, "CILO_COMPOSE_INVALID", /compose\.yml:\d+:\d+: yaml/);
    assert.deepEqual(await world.engineObjects(), []);
  });

  test("an image that cannot be had, half-way: state says so, what runs keeps its name, and down and destroy clean up", async () => {
    const compose = `
services:
  good: { image: IMAGE, command: [sleep, "600"], init: true }
  bad: { image: "cilo-test-no-such-image:none", pull_policy: never, depends_on: [good] }`;
    await world.must("create", "half/blue", "--from", await world.write("half", compose));

    const run = await world.cilo(["up", "half/blue"]);

    assertRefused(run, 1, "CILO_UP_FAILED", /no-such-image/);
    const { environment } = JSON.parse(await world.must("status", "half/blue", "--json"));
    assert.equal(environment.status, "failed");
    assert.match(environment.lastError, /no-such-image/);
    assert.match(await world.must("list"), /half\/blue +failed/);
    await world.must("down", "half/blue");
    assert.deepEqual(await world.engineObjects(), []);
    await world.must("destroy", "half/blue", "--force");
    assert.deepEqual(await listTree(join(world.home, "envs")), ["yaml", "yaml/blue", "yaml/blue/compose.yml"]);
  });

  test("a service that dies: its name, its last words, and no word of being up", async () => {
    const compose = 'services: { web: { image: IMAGE, command: [sh, -c, "echo no database >&2; exit 3"] } }';
    await world.must("create", "dies/blue", "--from", await world.write("dies", compose));

    const run = await world.cilo(["up", "dies/blue"]);

    assertRefused(run, 1, "CILO_UP_FAILED", /web \(exited\)[\s\S]*web \| no database/);
    assert.equal((await world.state()).hosts.local.environments["dies/blue"]?.status, "failed");
  });

  test("a service that never becomes healthy: given up after --timeout", async () => {
    const compose = `services: { web: { image: IMAGE, command: [sleep, "600"], init: true, healthcheck: { test: ["CMD", "false"], interval: 1s, retries: 100 } } }`;
    await world.must("create", "sick/blue", "--from", await world.write("sick", compose));

    const run = await world.cilo(["up", "sick/blue", "--timeout", "2"]);

    assertRefused(run, 1, "CILO_UP_FAILED", /web \(starting\)/);
  });

  test("a one-shot that did its work is no failure", async () => {
    const compose = `services: { job: { image: IMAGE, command: ["true"] }, web: { image: IMAGE, command: [sleep, "600"], init: true } }`;
    await world.must("create", "job/blue", "--from", await world.write("job", compose));

    const output = await world.must("up", "job/blue");

    assert.match(output, /job +done/);
    assert.equal((await world.state()).hosts.local.environments["job/blue"]?.status, "running");
  });

  test("a workspace that is gone", async () => {
    await world.must("create", "gone/blue", "--from", await world.write("gone", service));
    await rm(join(world.home, "envs/gone/blue"), { recursive: true });

    const run = await world.cilo(["up", "gone/blue"]);

    assertRefused(run, 3, "CILO_WORKSPACE_MISSING", /cilo destroy gone\/blue/);
    await world.must("destroy", "gone/blue", "--yes");
  });
});

describe("a machine that is not ready", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    await world.must("create", "web/blue", "--from", await world.write("web", service));
    await world.must("up", "web/blue");
  });
  after(() => world[Symbol.asyncDispose]());

  test("engine down: exit 3 and what to start; list shows what is remembered and says so", async () => {
    const env = { DOCKER_HOST: `unix://${world.directory}/no-engine.sock` };

    const up = await world.cilo(["up", "web/blue"], { env });
    const list = await world.cilo(["list", "--json"], { env });
    const doctor = await world.cilo(["doctor"], { env });

    assertRefused(up, 3, "CILO_ENGINE_UNREACHABLE", /no-engine\.sock/);
    const { environments, engineProblem } = JSON.parse(list.stdout);
    assert.equal(environments[0].services[0].status, "cached");
    assert.match(engineProblem, /no-engine/);
    assert.equal(doctor.code, 1);
    assert.match(doctor.stdout, /problem +engine/);
  });

  test("another engine than the environments live on: refused, and the expected one is named", async () => {
    const path = join(world.home, "state.json");
    const text = await readFile(path, "utf8");
    const state = JSON.parse(text);
    state.hosts.local.engine.id = "EXPECTED-ENGINE";
    await writeFile(path, JSON.stringify(state));

    const run = await world.cilo(["down", "web/blue"]);
    await writeFile(path, text);

    assertRefused(run, 3, "CILO_ENGINE_CHANGED", /expected id EXPECTED-ENGINE/);
    assert.equal((await world.engineObjects()).filter((object) => object.startsWith("container")).length, 1);
  });

  test("Compose too old: found version, needed version", async () => {
    const plugins = join(world.directory, "docker/cli-plugins");
    await mkdir(plugins, { recursive: true });
    await writeFile(join(plugins, "docker-compose"), "#!/bin/sh\necho 2.20.2\n", { mode: 0o755 });

    const run = await world.cilo(["up", "web/blue"], { env: { DOCKER_CONFIG: join(world.directory, "docker") } });

    assertRefused(run, 3, "CILO_COMPOSE_TOO_OLD", /2\.20\.2[\s\S]*2\.24\.6/);
  });

  test("DNS port taken: by which process", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();

    const run = await world.cilo(["dns", "start", "--port", String(port)]);
    const detached = await world.cilo(["dns", "start", "--detach", "--port", String(port)]);
    socket.close();

    assertRefused(run, 3, "CILO_PORT_IN_USE", new RegExp(`127\\.0\\.0\\.1:${port}[\\s\\S]*pid ${process.pid}`));
    assertRefused(detached, 3, "CILO_PORT_IN_USE", new RegExp(`pid ${process.pid}`));
  });

  test("a second daemon: refused with the pid of the first", async () => {
    await world.startDns();
    const { daemon } = JSON.parse(await world.must("dns", "status", "--json"));

    const foreground = await world.cilo(["dns", "start", "--port", "0"]);
    const detached = await world.cilo(["dns", "start", "--detach", "--port", "0"]);
    await world.must("dns", "stop");

    assertRefused(foreground, 4, "CILO_DAEMON_RUNNING", new RegExp(`pid ${daemon.pid}`));
    assertRefused(detached, 4, "CILO_DAEMON_RUNNING", new RegExp(`pid ${daemon.pid}`));
  });

  test("no daemon: dns status and query say how to start one, up works and says so", async () => {
    const status = await world.cilo(["dns", "status"]);
    const query = await world.cilo(["dns", "query", "web.blue.test"]);
    const up = await world.cilo(["up", "web/blue"]);

    assertRefused(status, 3, "CILO_DAEMON_NOT_RUNNING", /cilo dns start/);
    assertRefused(query, 3, "CILO_DAEMON_NOT_RUNNING", /cilo dns start/);
    assert.match(up.stderr, /names will answer once the DNS server runs/);
  });

  for (const [what, text] of [
    ["torn", '{"version": 3, "environments": {'],
    ["of another kind", '["not", "state"]'],
    ["empty", ""],
  ] as const) {
    test(`a state file that is ${what}: refused, kept byte for byte, nothing done`, async () => {
      const path = join(world.home, "state.json");
      const good = await readFile(path, "utf8");
      await writeFile(path, text);

      const runs = [
        await world.cilo(["list"]),
        await world.cilo(["down", "web/blue"]),
        await world.cilo(["create", "x", "--from", "src/web"]),
      ];
      const kept = await readFile(path, "utf8");
      await writeFile(path, good);

      for (const run of runs) assertRefused(run, 3, "CILO_STATE_UNREADABLE", /state\.json/);
      assert.equal(kept, text);
      assert.equal((await world.engineObjects()).filter((object) => object.startsWith("container")).length, 1);
    });
  }

  test("a state file of a newer cilo: refused and kept", async () => {
    const path = join(world.home, "state.json");
    const good = await readFile(path, "utf8");
    const newer = JSON.stringify({ ...JSON.parse(good), version: 4 });
    await writeFile(path, newer);

    const run = await world.cilo(["down", "web/blue"]);
    const kept = await readFile(path, "utf8");
    await writeFile(path, good);

    assertRefused(run, 3, "CILO_STATE_TOO_NEW", /version 4/);
    assert.equal(kept, newer);
  });

  test("CILO_HOME that cannot be written", async () => {
    await writeFile(join(world.directory, "file"), "");

    const run = await world.cilo(["create", "x", "--from", "src/web"], {
      env: { CILO_HOME: join(world.directory, "file/home") },
    });

    assertRefused(run, 3, "CILO_HOME_NOT_WRITABLE", /file\/home/);
  });

  const isRoot = process.getuid?.() === 0;
  test("disk full while state is written: exit 3, the old state intact, nothing half made", {
    skip: !isRoot && "mounting needs root",
  }, async () => {
    const home = join(world.directory, "small");
    await mkdir(home, { mode: 0o700 });
    const mounted = await exec("mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", home]);
    assert.equal(mounted.exitCode, 0, mounted.stderr);
    try {
      const env = { CILO_HOME: home };
      assert.equal((await world.cilo(["create", "small/one", "--from", "src/web"], { env })).code, 0);
      const before = await readFile(join(home, "state.json"), "utf8");
      await exec("sh", ["-c", `cat /dev/zero > '${home}/filler'; true`]);

      const run = await world.cilo(["create", "small/two", "--from", "src/web"], { env });

      assertRefused(run, 3, "CILO_DISK_FULL", /full|space/);
      assert.equal(await readFile(join(home, "state.json"), "utf8"), before);
      assert.deepEqual(await listTree(join(home, "envs/small")), ["one", "one/compose.yml"]);
    } finally {
      await exec("umount", [home]);
    }
  });

  test("an engine that is not ours to remove from stays as it was after all of this", async () => {
    assert.deepEqual(
      (
        await docker(
          "container",
          "ls",
          "--format",
          "{{.Names}}",
          "--filter",
          `label=cilo.installation=${world.installation}`,
        )
      ).split("\n"),
      ["cilo-web-blue-web-1"],
    );
  });
});
