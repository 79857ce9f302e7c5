import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip, removeAfter } from "../support/engine.ts";
import { createWorld, type World } from "../support/world.ts";

const skip = await engineSkip();
const sleeper = 'image: IMAGE, command: [sleep, "600"], init: true';

async function volumeNames(): Promise<string[]> {
  return (await docker("volume", "ls", "--quiet")).split("\n");
}

describe("what belongs to others is safe", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  async function up(project: string, compose: string): Promise<void> {
    await world.must("create", `${project}/blue`, "--from", await world.write(project, compose));
    await world.must("up", `${project}/blue`);
  }

  test("an external volume whose name looks made up", async (t) => {
    const name = removeAfter(t, "volume", world.installation.replaceAll("-", "").repeat(2));
    await docker("volume", "create", name);
    await up(
      "external",
      `services: { web: { ${sleeper}, volumes: ["ext:/data:ro"] } }\nvolumes: { ext: { external: true, name: "${name}" } }`,
    );

    await world.must("destroy", "external/blue", "--yes");

    assert.ok((await volumeNames()).includes(name));
  });

  test("an anonymous volume of somebody's container that volumes_from brings in", async (t) => {
    const theirs = removeAfter(t, "container", `cilo-theirs-${world.installation.slice(0, 8)}`);
    await docker("run", "--detach", "--name", theirs, "--volume", "/theirs", world.image, "sleep", "600");
    const volume = removeAfter(t, "volume", await docker("inspect", theirs, "--format", "{{(index .Mounts 0).Name}}"));
    await up("from", `services: { web: { ${sleeper}, volumes_from: ["container:${theirs}"] } }`);
    await docker("rm", "--force", theirs);

    await world.must("destroy", "from/blue", "--yes");

    assert.ok((await volumeNames()).includes(volume));
  });

  test("a snapshot of one of our containers, and what is run from it", async (t) => {
    await up("snap", `services: { web: { ${sleeper} } }`);
    const image = removeAfter(t, "image", `cilo-snapshot-${world.installation.slice(0, 8)}`);
    const copy = removeAfter(t, "container", `cilo-copy-${world.installation.slice(0, 8)}`);
    await docker("commit", "cilo-snap-blue-web-1", image);
    await docker("run", "--detach", "--name", copy, image);

    await world.must("destroy", "snap/blue", "--yes");

    assert.equal(await docker("container", "inspect", copy, "--format", "{{.State.Status}}"), "running");
    assert.ok(await docker("image", "inspect", image, "--format", "{{.Id}}"));
  });

  test("a network that calls itself part of our Compose project", async (t) => {
    await up("net", `services: { web: { ${sleeper} } }`);
    const network = removeAfter(t, "network", `cilo-bystander-${world.installation.slice(0, 8)}`);
    await docker("network", "create", "--label", "com.docker.compose.project=cilo-net-blue", network);

    await world.must("down", "net/blue");

    assert.ok(await docker("network", "inspect", network, "--format", "{{.Id}}"));
    assert.deepEqual(await world.engineObjects(), []);
  });

  test("a container that somebody put on our network: down says so, and goes on once it is off", async (t) => {
    await up("guest", `services: { web: { ${sleeper} } }`);
    const guest = removeAfter(t, "container", `cilo-guest-${world.installation.slice(0, 8)}`);
    await docker(
      "run",
      "--detach",
      "--name",
      guest,
      "--network",
      "cilo-guest-blue_default",
      world.image,
      "sleep",
      "600",
    );

    const refused = await world.cilo(["down", "guest/blue"]);
    const { environment } = JSON.parse(await world.must("status", "guest/blue", "--json"));
    await docker("network", "disconnect", "cilo-guest-blue_default", guest);
    await world.must("down", "guest/blue");

    assert.equal(refused.code, 4, refused.stderr);
    assert.match(refused.stderr, new RegExp(`docker network disconnect cilo-guest-blue_default ${guest}`));
    assert.equal(environment.status, "stopped");
  });

  test("another installation's environment of the same name, from compose, exec and logs", async () => {
    await up("twin", `services: { web: { ${sleeper}, volumes: ["data:/data"] } }\nvolumes: { data: }`);
    await using other = await createWorld();
    await other.must("create", "twin/blue", "--from", join(world.directory, "src/twin"));
    const before = await world.engineObjects();

    const runs = await Promise.all([
      other.cilo(["compose", "twin/blue", "down", "--volumes"]),
      other.cilo(["compose", "twin/blue", "--project-name", "cilo-twin-blue", "ps"]),
      other.cilo(["logs", "twin/blue"]),
    ]);

    for (const run of runs) assert.match(run.stderr, /\[CILO_(FOREIGN_RESOURCE|USAGE)\]/);
    assert.deepEqual(await world.engineObjects(), before);
  });

  test("files that destroy --keep-workspace left, from the next create", async () => {
    await world.must("create", "kept/blue", "--from", await world.write("kept", `services: { web: { ${sleeper} } }`));
    const workspace = (await world.must("path", "kept/blue")).trim();
    await writeFile(join(workspace, "work"), "mine");
    await world.must("destroy", "kept/blue", "--yes", "--keep-workspace");

    const again = await world.cilo(["create", "kept/blue", "--from", join(world.directory, "src/kept")]);

    assert.equal(again.code, 4, again.stderr);
    assert.match(again.stderr, /\[CILO_WORKSPACE_EXISTS\]/);
    assert.equal(await readFile(join(workspace, "work"), "utf8"), "mine");
    assert.equal((await world.cilo(["status", "kept/blue"])).code, 2);
  });
});

describe("state tells the truth", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  async function create(project: string, compose: string): Promise<void> {
    await world.must("create", `${project}/blue`, "--from", await world.write(project, compose));
  }

  async function statusOf(key: string): Promise<string> {
    return JSON.parse(await world.must("status", key, "--json")).environment.status;
  }

  test("a server that was stopped by hand, and ended with 0, does not count as done", async () => {
    const command = "[sh, -c, \"trap 'exit 0' TERM; while :; do sleep 0.1; done\"]";
    await create("stopped", `services: { web: { image: IMAGE, command: ${command} } }`);
    await world.must("up", "stopped/blue");

    await docker("stop", "--time", "5", "cilo-stopped-blue-web-1");

    assert.equal(await docker("inspect", "cilo-stopped-blue-web-1", "--format", "{{.State.ExitCode}}"), "0");
    assert.equal(await statusOf("stopped/blue"), "stopped");
  });

  test("a service that starts again and again is not up", async () => {
    await create(
      "loop",
      'services: { web: { image: IMAGE, command: [sh, -c, "sleep 0.3; exit 1"], restart: always } }',
    );

    const { code, stderr } = await world.cilo(["up", "loop/blue", "--timeout", "3"]);

    assert.equal(code, 1, stderr);
    assert.match(stderr, /web \((restarting|exited)\)/);
  });

  test("a container taken off its network by hand is put back by up", async () => {
    await create("off", `services: { web: { ${sleeper} } }`);
    await world.must("up", "off/blue");
    await docker("network", "disconnect", "--force", "cilo-off-blue_default", "cilo-off-blue-web-1");
    assert.equal(await statusOf("off/blue"), "degraded");

    const output = await world.must("up", "off/blue");

    assert.match(output, /web +running +10\./);
    assert.equal(await statusOf("off/blue"), "running");
  });

  test("a paused container: up says which, and how to go on", async () => {
    await docker("pause", "cilo-off-blue-web-1");

    const { code, stderr } = await world.cilo(["up", "off/blue"]);
    await docker("unpause", "cilo-off-blue-web-1");

    assert.equal(code, 1);
    assert.match(stderr, /hint: run "docker unpause cilo-off-blue-web-1"/);
  });

  test("an up that fails before it touched anything leaves a running environment running", async () => {
    await world.must("up", "off/blue");
    const { code } = await world.cilo(["up", "off/blue"], {
      env: { DOCKER_HOST: `unix://${world.directory}/none.sock` },
    });

    assert.equal(code, 3);
    assert.equal(await statusOf("off/blue"), "running");
    assert.equal((await world.state()).hosts.local.environments["off/blue"]?.status, "running");
  });

  test("COMPOSE_FILE of the user's shell is for reading the project, not for down, logs and exec", async () => {
    const env = { COMPOSE_FILE: "compose.yml" };

    for (const args of [
      ["up", "off/blue"],
      ["logs", "off/blue"],
      ["exec", "off/blue", "web", "true"],
      ["down", "off/blue"],
    ]) {
      const { code, stderr } = await world.cilo(args, { env });
      assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
    }
  });

  test("secrets of the project are in no message and not in state", async () => {
    const path = await world.write(
      "secret",
      'services: { web: { image: "none.invalid/${TOKEN}:1", pull_policy: never } }',
      {
        ".env": "TOKEN=hunter2zz\n",
      },
    );
    await world.must("create", "secret/blue", "--from", path);

    const { code, stdout, stderr } = await world.cilo(["up", "secret/blue"]);
    const status = await world.must("status", "secret/blue");

    assert.equal(code, 1, stderr);
    for (const text of [stdout, stderr, status, JSON.stringify(await world.state())])
      assert.doesNotMatch(text, /hunter2zz/);
  });

  for (const [how, field] of [
    ["without replicas", "deploy: { replicas: 0 }"],
    ["off by profile", "profiles: [extra]"],
  ]) {
    test(`all services ${how}: up and status agree that nothing runs`, async () => {
      const project = `none-${how?.split(" ")[0]}`;
      await create(project, `services: { web: { ${sleeper}, ${field} } }`);

      assert.match(await world.must("up", `${project}/blue`), /has nothing left to run/);
      assert.equal(await statusOf(`${project}/blue`), "stopped");
    });
  }

  test("an environment that never had an engine can be destroyed without one", async () => {
    const env = { DOCKER_HOST: `unix://${world.directory}/none.sock` };
    await create("never", `services: { web: { ${sleeper} } }`);
    assert.equal((await world.cilo(["up", "never/blue"], { env })).code, 3);

    const { code, stderr } = await world.cilo(["destroy", "never/blue", "--yes"], { env });

    assert.equal(code, 0, stderr);
  });

  test("destroy --force forgets an environment whose engine is gone, and says what it leaves", async () => {
    await create("lost", `services: { web: { ${sleeper} } }`);
    await world.must("up", "lost/blue");
    const env = { DOCKER_HOST: `unix://${world.directory}/none.sock` };

    const refused = await world.cilo(["destroy", "lost/blue", "--yes"], { env });
    const forced = await world.cilo(["destroy", "lost/blue", "--force"], { env });

    assert.equal(refused.code, 3);
    assert.equal(forced.code, 0, forced.stderr);
    assert.match(forced.stderr, /warning: .*network cilo-lost-blue_default stay there/);
    assert.equal((await world.cilo(["status", "lost/blue"])).code, 2);
  });
});

describe("a daemon that hangs", { skip }, () => {
  test("keeps nobody from their environment: create says it got no word, and the environment is there", async () => {
    await using world = await createWorld();
    await world.startDns();
    const { daemon } = JSON.parse(await world.must("dns", "status", "--json"));
    const source = await world.write("hung", `services: { web: { ${sleeper} } }`);
    process.kill(daemon.pid, "SIGSTOP");

    const { code, stderr } = await world.cilo(["create", "hung/blue", "--from", source]);
    const stop = await world.cilo(["dns", "stop"]);
    process.kill(daemon.pid, "SIGCONT");

    assert.equal(code, 3, stderr);
    assert.match(stderr, /\[CILO_DAEMON_NO_ACK\]/);
    assert.match(stop.stderr, new RegExp(`kill ${daemon.pid}`));
    assert.match(await world.must("status", "hung/blue"), /created/);
    assert.match(await world.must("path", "hung/blue"), /hung\/blue/);
  });
});
