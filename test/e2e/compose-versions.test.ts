import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  type ComposeVersion,
  composeVersions,
  reasonWithoutSecondCompose,
  useCompose,
} from "../support/compose-versions.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { createWorld, type Run, type World } from "../support/world.ts";

const versions = await composeVersions();
const skip = (await engineSkip()) || reasonWithoutSecondCompose(versions);

/** Uses what versions have learned one after the other: include, `!reset`, `!override`, an override of what is included. */
const files = {
  "data/compose.yml": `
services:
  db:
    image: IMAGE
    command: [sleep, "600"]
    init: true
    ports: ["5432:5432"]
    volumes: ["data:/data"]
    environment: { FROM: include, KEPT: "1" }
volumes:
  data: { labels: { owner: shop } }
`,
  "compose.override.yml": `
services:
  web:
    ports: !override ["9090:80"]
    environment: !override { LEVEL: override }
    labels: !reset {}
  db:
    ports: !reset []
    environment: { FROM: override }
`,
  Dockerfile: "FROM IMAGE\nCOPY page /www/index.html\n",
  page: "first",
  ".cilo/config.yml": "profiles: [tools]\n",
};
const compose = `
include: [data/compose.yml]
services:
  web:
    build: .
    image: cilo-test-versions
    container_name: cilo-test-versions
    command: [httpd, -f, -h, /www]
    init: true
    ports: ["8080:80"]
    environment: { LEVEL: base, GONE: "1" }
    labels: { gone: "1" }
    depends_on: [db]
  tools:
    image: IMAGE
    command: [sleep, "600"]
    init: true
    profiles: [tools]
  off:
    image: IMAGE
    profiles: [other]
`;

/** Runs the program with one version of Compose. */
interface Runner {
  cilo(...args: string[]): Promise<Run>;
  must(...args: string[]): Promise<string>;
}

async function runWith(world: World, version: ComposeVersion): Promise<Runner> {
  const env = await useCompose(version, join(world.directory, `docker-${version.version}`));
  const runner: Runner = {
    cilo: (...args) => world.cilo(args, { env }),
    async must(...args) {
      const { code, stdout, stderr } = await runner.cilo(...args);
      assert.equal(code, 0, `cilo ${args.join(" ")}\n${stderr}\n${stdout}`);
      return stdout;
    },
  };
  return runner;
}

async function createProject(world: World, name: string, text = compose): Promise<void> {
  const withImage = Object.entries(files).map(([file, content]) => [file, content.replaceAll("IMAGE", world.image)]);
  const source = await world.write(name, text, Object.fromEntries(withImage));
  await world.must("create", `${name}/blue`, "--from", source);
}

/** Ids of a project's containers by service. */
async function containerIds(world: World, project: string): Promise<Record<string, string>> {
  const filter = [
    "--filter",
    `label=cilo.installation=${world.installation}`,
    "--filter",
    `label=cilo.project=${project}`,
  ];
  const format = '{{.Label "cilo.service"}} {{.ID}}';
  const lines = (await docker("container", "ls", "--no-trunc", ...filter, "--format", format)).split("\n").sort();
  return Object.fromEntries(lines.filter((line) => line !== "").map((line) => line.split(" ") as [string, string]));
}

async function addresses(world: World, project: string): Promise<Record<string, string | null>> {
  const services = (await world.state()).hosts.local.environments[`${project}/blue`]?.services ?? {};
  return Object.fromEntries(Object.entries(services).map(([service, { address }]) => [service, address]));
}

async function inspect<T>(container: string, format: string): Promise<T> {
  return JSON.parse(await docker("container", "inspect", container, "--format", `{{json ${format}}}`));
}

for (const version of versions) {
  describe(`an environment's life with Docker Compose ${version.version}`, { skip }, () => {
    let world: World;
    let runner: Runner;
    before(async () => {
      world = await createWorld();
      runner = await runWith(world, version);
      await createProject(world, "life");
    });
    after(() => world[Symbol.asyncDispose]());

    test("it is the version that cilo finds", async () => {
      assert.match(await runner.must("doctor"), new RegExp(`Docker Compose ${version.version}\\b`));
    });

    test("up takes include, override file, !override, !reset and profiles as Compose means them", async () => {
      await runner.must("up", "life/blue");

      const web = await inspect<string[]>("cilo-life-blue-web-1", ".Config.Env");
      const db = await inspect<string[]>("cilo-life-blue-db-1", ".Config.Env");
      assert.deepEqual(Object.keys(await containerIds(world, "life")), ["db", "tools", "web"]);
      assert.ok(web.includes("LEVEL=override") && !web.includes("GONE=1"), web.join());
      assert.ok(db.includes("FROM=override") && db.includes("KEPT=1"), db.join());
      assert.equal((await inspect<Record<string, string>>("cilo-life-blue-web-1", ".Config.Labels")).gone, undefined);
      for (const service of ["web", "db"]) {
        assert.deepEqual(await inspect(`cilo-life-blue-${service}-1`, ".HostConfig.PortBindings"), {});
      }
    });

    test("up again leaves every container as it is", async () => {
      const before = await containerIds(world, "life");

      await runner.must("up", "life/blue");

      assert.deepEqual(await containerIds(world, "life"), before);
    });

    test("up --recreate makes every container anew, at the address of before", async () => {
      const before = { ids: await containerIds(world, "life"), addresses: await addresses(world, "life") };

      await runner.must("up", "life/blue", "--recreate");

      const ids = await containerIds(world, "life");
      assert.deepEqual(Object.keys(ids), Object.keys(before.ids));
      for (const [service, id] of Object.entries(ids)) assert.notEqual(id, before.ids[service], service);
      assert.deepEqual(await addresses(world, "life"), before.addresses);
    });

    test("up --build brings what was edited to the service that is built, and leaves the others", async () => {
      const before = await containerIds(world, "life");
      await writeFile(join((await world.must("path", "life/blue")).trim(), "page"), "second");

      await runner.must("up", "life/blue", "--build");

      const after = await containerIds(world, "life");
      assert.equal(await runner.must("exec", "life/blue", "web", "wget", "-q", "-O-", "http://localhost/"), "second");
      assert.notEqual(after.web, before.web);
      assert.deepEqual([after.db, after.tools], [before.db, before.tools]);
    });

    test("a one-off runs beside the service, which stays", async () => {
      const before = await containerIds(world, "life");

      const output = await runner.must("compose", "life/blue", "run", "--rm", "-T", "web", "echo", "one-off");

      assert.match(output, /^one-off$/m);
      assert.deepEqual(await containerIds(world, "life"), before);
    });

    test("a service can be scaled, and up takes it back", async () => {
      await runner.must("compose", "life/blue", "up", "--detach", "--scale", "tools=3");
      const status = JSON.parse(await runner.must("status", "life/blue", "--json"));
      await runner.must("up", "life/blue");
      const later = JSON.parse(await runner.must("status", "life/blue", "--json"));

      const [scaled, single] = [status, later].map(
        ({ environment }) =>
          environment.services.find(({ name }: { name: string }) => name === "tools").addresses.length,
      );
      assert.deepEqual([scaled, single], [3, 1]);
    });

    test("down and up keep the data", async () => {
      await runner.must("exec", "life/blue", "db", "sh", "-c", "echo kept > /data/file");

      await runner.must("down", "life/blue");
      await runner.must("up", "life/blue");

      assert.equal(await runner.must("exec", "life/blue", "db", "cat", "/data/file"), "kept");
    });

    test("a volume whose definition was changed stays with its data, and nobody is asked", async () => {
      const describeVolume = () =>
        docker("volume", "inspect", "cilo-life-blue_data", "--format", "{{.CreatedAt}} {{json .Labels}}");
      const before = await describeVolume();
      const file = join((await world.must("path", "life/blue")).trim(), "data/compose.yml");
      await writeFile(file, (await readFile(file, "utf8")).replace("owner: shop", "owner: other"));

      await runner.must("up", "life/blue");

      assert.equal(await describeVolume(), before);
      assert.match(before, /"owner":"shop"/);
      assert.equal(await runner.must("exec", "life/blue", "db", "cat", "/data/file"), "kept");
    });

    test("a profile that is turned off takes its service away, and no other", async () => {
      const { tools, ...others } = await containerIds(world, "life");
      await writeFile(join((await world.must("path", "life/blue")).trim(), ".cilo/config.yml"), "profiles: []\n");

      await runner.must("up", "life/blue");

      assert.ok(tools);
      assert.deepEqual(await containerIds(world, "life"), others);
    });

    test("destroy leaves nothing", async () => {
      await runner.must("destroy", "life/blue", "--force");

      assert.deepEqual(await world.engineObjects(), []);
    });

    test("an image that is not there: the engine's word, once", async () => {
      const text = "services: { web: { image: cilo-test-no-such-image, pull_policy: never } }";
      await world.must("create", "image/blue", "--from", await world.write("image", text));

      const { code, stderr } = await runner.cilo("up", "image/blue");

      assert.equal(code, 1);
      assert.match(stderr, /could not start image\/blue: Error response from daemon: [^\n]*no such image[^\n]* \[/i);
    });

    test("a model it refuses is refused with 2, whatever its own exit code is", async () => {
      const text = `services: { web: { image: ${world.image}, networks: [front] } }`;
      await world.must("create", "model/blue", "--from", await world.write("model", text));

      const { code, stderr } = await runner.cilo("up", "model/blue");

      assert.equal(code, 2, stderr);
      assert.match(stderr, /compose\.yml:1:\d+: service "web" refers to undefined network front/);
      assert.match(stderr, /hint: add front under "networks"/);
    });
  });
}

describe("another Docker Compose under a running environment", { skip }, () => {
  const project = "change";
  let world: World;
  let older: Runner;
  let newer: Runner;
  before(async () => {
    world = await createWorld();
    const [oldest, newest] = [versions[0], versions.at(-1)];
    assert.ok(oldest && newest);
    older = await runWith(world, oldest);
    newer = await runWith(world, newest);
    await createProject(world, project);
    await older.must("up", "change/blue");
    await older.must("exec", "change/blue", "db", "sh", "-c", "echo kept > /data/file");
  });
  after(() => world[Symbol.asyncDispose]());

  /** What must not change, however often containers are made anew. */
  async function lasting() {
    return {
      addresses: await addresses(world, project),
      volume: await docker("volume", "inspect", "cilo-change-blue_data", "--format", "{{.CreatedAt}} {{json .Labels}}"),
      network: await docker("network", "inspect", "cilo-change-blue_default", "--format", "{{.ID}}"),
      data: await world.must("exec", "change/blue", "db", "cat", "/data/file"),
    };
  }

  for (const [direction, turn] of [
    ["to the newer one", () => newer],
    ["back to the older one", () => older],
  ] as const) {
    test(`${direction}: containers are made anew at most once; addresses, network, volume and data stay`, async () => {
      const before = await lasting();

      await turn().must("up", "change/blue");

      const once = await containerIds(world, project);
      assert.deepEqual(await lasting(), before);
      await turn().must("up", "change/blue");
      assert.deepEqual(await containerIds(world, project), once);
    });
  }

  test("commands of the one work on containers of the other", async () => {
    assert.equal(await newer.must("exec", "change/blue", "db", "cat", "/data/file"), "kept");
    assert.match(await newer.must("compose", "change/blue", "ps", "--services"), /^web$/m);
  });

  test("the newer one takes down and removes what the older one started", async () => {
    await older.must("up", "change/blue", "--recreate");

    await newer.must("destroy", "change/blue", "--force");

    assert.deepEqual(await world.engineObjects(), []);
  });
});

/** One of its fields came with 2.36: what makes the service is a program of the user's, not an image. */
describe("a service of a provider", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    const provider = join(world.directory, "provider");
    await writeFile(provider, `#!/bin/sh\necho '{"type":"setenv","message":"URL=made-by-provider"}'\n`, {
      mode: 0o755,
    });
    const text = `
services:
  web: { image: IMAGE, command: [sleep, "600"], init: true, depends_on: [outside] }
  outside: { provider: { type: ${provider} } }
`;
    await world.must("create", "provided/blue", "--from", await world.write("provided", text));
  });
  after(() => world[Symbol.asyncDispose]());

  for (const version of versions) {
    const isKnown = version.version.localeCompare("2.36.0", "en", { numeric: true }) >= 0;
    test(`${isKnown ? "is left to Docker Compose" : "is refused with what it needs by"} ${version.version}`, async () => {
      const runner = await runWith(world, version);

      const { code, stderr } = await runner.cilo("up", "provided/blue");

      if (!isKnown) {
        assert.equal(code, 2, stderr);
        assert.match(stderr, /hint: update docker compose: provider needs 2\.36\.0 or newer/);
        return;
      }
      assert.equal(code, 0, stderr);
      const env = await inspect<string[]>("cilo-provided-blue-web-1", ".Config.Env");
      assert.ok(env.includes("OUTSIDE_URL=made-by-provider"), env.join());
    });
  }
});
