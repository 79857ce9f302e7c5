import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { docker, engineSkip, removeAfter } from "../support/engine.ts";
import { createWorld, fetchText, type World } from "../support/world.ts";

const skip = await engineSkip();
const server = "image: IMAGE, command: [httpd, -f, -p, '80', -h, /etc], init: true";
const layerFile = ".cilo/compose.user.yml";

describe("the user layer", { skip }, () => {
  // Below what the system gives out by itself.
  const port = 20_000 + (process.pid % 12_000);
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  /** Makes environments of a project that has this layer. */
  async function create(
    project: string,
    { compose, layer, copies = ["blue"] }: { compose: string; layer: string; copies?: string[] },
  ): Promise<string> {
    const path = await world.write(project, compose, { [layerFile]: layer.replaceAll("IMAGE", world.image) });
    for (const copy of copies) await world.must("create", `${project}/${copy}`, "--from", path);
    return path;
  }

  test("wins over what cilo generates, which is told once with its place; what it adds is part of the copy", async () => {
    const layer = `services:\n  web:\n    environment: { MINE: "yes" }\n    ports: ["127.0.0.1:${port}:80"]\n  extra: { ${server} }\n`;
    await create("wins", {
      compose: `services: { web: { ${server}, ports: ["80:80"] } }`,
      layer,
      copies: ["blue", "green"],
    });

    const first = await world.cilo(["up", "wins/blue"]);
    const second = await world.cilo(["up", "wins/blue"]);

    assert.equal(first.code, 0, first.stderr);
    const told = `service web: publishes 127.0.0.1:${port}, so only one copy at a time can run (${layerFile}:4)`;
    assert.ok(first.stderr.includes(told), first.stderr);
    assert.ok(!second.stderr.includes("publishes"), second.stderr);
    assert.ok((await fetchText(`http://127.0.0.1:${port}/passwd`)) !== null);
    assert.match(await world.must("exec", "wins/blue", "web", "nslookup", "extra.blue.test"), /10\.\d+\.0\.10/);
    assert.ok((await world.engineObjects()).includes("container cilo-wins-blue-extra-1"));
  });

  test("applies to every Compose command, also where a one-off container must do without the fixed address", async () => {
    const config = await world.must("compose", "wins/blue", "config");
    const run = await world.must("compose", "wins/blue", "run", "--rm", "-T", "web", "env");

    assert.match(config, new RegExp(`published: "${port}"`));
    assert.match(run, /^MINE=yes$/m);
  });

  test("a port that one copy has published is told to be taken, with what to do", async () => {
    const { code, stderr } = await world.cilo(["up", "wins/green"]);

    assert.equal(code, 1);
    assert.match(stderr, /port is already allocated/);
    assert.match(stderr, /hint: take the port out of \.cilo\/compose\.user\.yml/);
    await world.must("destroy", "wins/green", "--force");
  });

  test("is not written, and a change of it is told although the override stays the same", async () => {
    const workspace = (await world.must("path", "wins/blue")).trim();
    const changed = `services:\n  web:\n    container_name: wins-${world.installation.slice(0, 8)}\n`;
    await writeFile(join(workspace, layerFile), changed);

    const { code, stderr } = await world.cilo(["up", "wins/blue"]);

    assert.equal(code, 0, stderr);
    assert.match(stderr, /service web: container_name is wins-\w+, so only one copy at a time can run/);
    assert.doesNotMatch(stderr, /container_name is removed/);
    assert.equal(await readFile(join(workspace, layerFile), "utf8"), changed);
    assert.ok(!(await world.engineObjects()).includes("container cilo-wins-blue-extra-1"));
    await world.must("destroy", "wins/blue", "--force");
    assert.deepEqual(await world.engineObjects(), []);
  });

  test("gives a fixed name to one copy: the second ends with 4, says who has it, and adopts nothing", async () => {
    const name = `fixed-${world.installation.slice(0, 8)}`;
    await create("fixed", {
      compose: `services: { web: { ${server}, volumes: ["data:/data"] } }\nvolumes: { data: }`,
      layer: `services: { web: { container_name: ${name} } }\nvolumes: { data: { name: ${name} } }\n`,
      copies: ["blue", "green"],
    });
    await world.must("up", "fixed/blue");
    const before = await docker("inspect", name, "--format", "{{.Id}} {{.State.StartedAt}}");

    const up = await world.cilo(["up", "fixed/green"]);
    const compose = await world.cilo(["compose", "fixed/green", "up", "--detach"]);

    assert.equal(up.code, 4, up.stderr);
    assert.match(
      up.stderr,
      new RegExp(`container ${name} of environment fixed/blue, volume ${name} of environment fixed/blue`),
    );
    assert.match(compose.stderr, /\[CILO_FOREIGN_RESOURCE\]/);
    await world.must("destroy", "fixed/green", "--force");
    assert.equal(await docker("inspect", name, "--format", "{{.Id}} {{.State.StartedAt}}"), before);
    await world.must("destroy", "fixed/blue", "--force");
    assert.deepEqual(await world.engineObjects(), []);
  });

  test("of two copies with the same fixed name that start at once, one has it and the other ends with 4", async () => {
    const name = `race-${world.installation.slice(0, 8)}`;
    await create("race", {
      compose: `services: { web: { ${server}, volumes: ["data:/data"] } }\nvolumes: { data: }`,
      layer: `volumes: { data: { name: ${name} } }\n`,
      copies: ["blue", "green"],
    });

    const runs = await Promise.all(["blue", "green"].map((copy) => world.cilo(["up", `race/${copy}`])));

    assert.deepEqual(runs.map(({ code }) => code).sort(), [0, 4], runs.map(({ stderr }) => stderr).join("\n"));
    for (const copy of ["blue", "green"]) await world.must("destroy", `race/${copy}`, "--force");
  });

  test("refuses a fixed name that somebody else's container has", async (t) => {
    const name = removeAfter(t, "container", `theirs-${world.installation.slice(0, 8)}`);
    await docker("run", "--detach", "--name", name, world.image, "sleep", "600");
    await create("held", {
      compose: `services: { web: { ${server} } }`,
      layer: `services: { web: { container_name: ${name} } }\n`,
    });

    const { code, stderr } = await world.cilo(["up", "held/blue"]);

    assert.equal(code, 4, stderr);
    assert.match(stderr, new RegExp(`container ${name}[\\s\\S]*docker container inspect ${name}`));
    assert.equal(await docker("inspect", name, "--format", "{{.State.Status}}"), "running");
    await world.must("destroy", "held/blue", "--force");
  });

  test("keeps an external volume for all copies, and destroy leaves it", async (t) => {
    const name = removeAfter(t, "volume", `theirs-${world.installation.slice(0, 8)}`);
    await docker("volume", "create", name);
    await create("ext", {
      compose: `services: { web: { ${server}, volumes: ["data:/data"] } }\nvolumes: { data: }`,
      layer: `volumes:\n  data:\n    external: true\n    name: ${name}\n`,
      copies: ["blue", "green"],
    });

    const { stderr } = await world.cilo(["up", "ext/blue"]);
    await world.must("up", "ext/green");
    await world.must("exec", "ext/blue", "web", "touch", "/data/from-blue");

    assert.match(stderr, new RegExp(`volume data: is the external volume ${name}, which every copy writes to`));
    assert.match(await world.must("exec", "ext/green", "web", "ls", "/data"), /from-blue/);
    for (const copy of ["blue", "green"]) await world.must("destroy", `ext/${copy}`, "--force");
    assert.match(await docker("volume", "ls", "--quiet"), new RegExp(`^${name}$`, "m"));
  });

  test("joins an external network besides the environment's own", async (t) => {
    const name = removeAfter(t, "network", `company-${world.installation.slice(0, 8)}`);
    await docker("network", "create", name);
    await create("joins", {
      compose: `services: { web: { ${server} } }`,
      layer: `services: { web: { networks: [company] } }\nnetworks: { company: { external: true, name: ${name} } }\n`,
    });

    const { code, stderr } = await world.cilo(["up", "joins/blue"]);

    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`network company: joins the external network ${name}`));
    const networks = await docker("inspect", "cilo-joins-blue-web-1", "--format", "{{json .NetworkSettings.Networks}}");
    assert.deepEqual(Object.keys(JSON.parse(networks)).sort(), ["cilo-joins-blue_default", name]);
    await world.must("destroy", "joins/blue", "--force");
    assert.equal(await docker("network", "inspect", name, "--format", "{{.Name}}"), name);
  });

  test("comes along where git ignores it, and is the project's own in a repository with several", async () => {
    const compose = `services: { web: { ${server} } }`.replaceAll("IMAGE", world.image);
    const layer = 'services: { web: { environment: { WHERE: "app" } } }\n';
    const path = await world.write("mono", "services: {}", {
      ".gitignore": ".cilo/\n",
      "app/compose.yml": compose,
      [`app/${layerFile}`]: layer,
      [layerFile]: layer.replace("app", "root"),
    });
    await exec("git", ["init", "--quiet", path], { timeoutMs: 10_000 });
    await world.must("create", "mono/blue", "--from", join(path, "app"));

    await world.must("up", "mono/blue");

    assert.match(await world.must("exec", "mono/blue", "web", "env"), /^WHERE=app$/m);
    await world.must("destroy", "mono/blue", "--force");
  });

  const refused: [what: string, layer: string, message: RegExp][] = [
    [
      "takes our labels away",
      "services:\n  web:\n    labels: { cilo.id: mine }\n",
      /compose\.user\.yml takes away what a copy needs.*service web: labels: .*by cilo\.id \(\.cilo\/compose\.user\.yml:3\)/,
    ],
    [
      "gives another address",
      "services: { web: { networks: { default: { ipv4_address: 10.1.2.3 } } } }\n",
      /service web: networks\.default\.ipv4_address: its names answer with the address given to it/,
    ],
    [
      "names a network that is Compose's to make",
      "services: { web: { networks: [front] } }\nnetworks: { front: }\n",
      /network front: external: a further network must be an external one/,
    ],
    [
      "cannot stand beside the override",
      "services: { web: { network_mode: bridge } }\n",
      /compose\.user\.yml does not go with the copy: .*mutually exclusive/,
    ],
    ["is no YAML", "services: [\n", /cannot read \.cilo\/compose\.user\.yml:\d+:\d+: /],
    ["is no Compose file", "services: { web: { portz: 80 } }\n", /cannot read \.cilo\/compose\.user\.yml.*portz/],
  ];
  for (const [index, [what, layer, message]] of refused.entries()) {
    test(`is refused with its name where it ${what}, and nothing is started`, async () => {
      await create(`bad${index}`, { compose: `services: { web: { ${server} } }`, layer });

      const { code, stderr } = await world.cilo(["up", `bad${index}/blue`]);

      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.deepEqual(
        (await world.engineObjects()).filter((object) => object.startsWith("container")),
        [],
      );
      await world.must("destroy", `bad${index}/blue`, "--force");
    });
  }

  test("is refused where it is a directory, before anything is copied", async () => {
    const path = await world.write("folder", `services: { web: { ${server} } }`);
    await mkdir(join(path, layerFile), { recursive: true });

    const { code, stderr } = await world.cilo(["create", "folder/blue", "--from", path]);

    assert.equal(code, 2, stderr);
    assert.match(stderr, /compose\.user\.yml: it is a directory/);
    assert.equal((await world.cilo(["status", "folder/blue"])).code, 2);
  });
});
