import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip, removeAfter } from "../support/engine.ts";
import { createWorld, fetchText, type World } from "../support/world.ts";

const skip = await engineSkip();
const sleeper = 'image: IMAGE, command: [sleep, "600"], init: true';
const copies = ["blue", "green"];

describe("what a project chooses about its copies", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  async function upBoth(project: string, compose: string, files: Record<string, string>): Promise<string[]> {
    const path = await world.write(project, compose, files);
    const warnings: string[] = [];
    for (const copy of copies) {
      await world.must("create", `${project}/${copy}`, "--from", path);
      const { code, stderr } = await world.cilo(["up", `${project}/${copy}`]);
      assert.equal(code, 0, stderr);
      warnings.push(stderr);
    }
    return warnings;
  }

  async function addressOf(key: string, service: string): Promise<string> {
    const { environment } = JSON.parse(await world.must("status", key, "--json"));
    return environment.services.find(({ name }: { name: string }) => name === service).address;
  }

  test("host_network: convert gives each copy its own port, a name, and the host by a name", async () => {
    const compose =
      "services: { web: { image: IMAGE, command: [httpd, -f, -p, '8088', -h, /etc], init: true, network_mode: host } }";

    const [warnings = ""] = await upBoth("host", compose, { ".cilo/config.yml": "host_network: convert\n" });

    assert.match(
      warnings,
      /service web: network_mode host is replaced by the environment's network; .* \(compose\.yml:1\)/,
    );
    for (const copy of copies) {
      const key = `host/${copy}`;
      assert.match(
        (await fetchText(`http://${await addressOf(key, "web")}:8088/hosts`)) ?? "",
        /host\.docker\.internal/,
      );
      const [gateway] =
        (await world.must("exec", key, "web", "cat", "/etc/hosts")).match(/^\S+(?=\s+host\.docker\.internal)/m) ?? [];
      assert.ok(gateway);
      assert.match(
        await world.must("exec", key, "web", "ping", "-c", "1", "-W", "2", "host.docker.internal"),
        / 0% packet loss/,
      );
      await world.must("destroy", key, "--force");
    }
  });

  test("keep_volumes has every copy write to the one external volume, and destroy leaves it", async (t) => {
    const name = removeAfter(t, "volume", `kept-${world.installation.slice(0, 8)}`);
    await docker("volume", "create", name);
    const compose = `services: { web: { ${sleeper}, volumes: ["data:/data", "own:/own"] } }
volumes: { data: { external: true, name: ${name} }, own: { external: true, name: "${name}-own" } }`;

    const [warnings = ""] = await upBoth("keep", compose, { ".cilo/config.yml": "keep_volumes: [data]\n" });
    for (const copy of copies)
      await world.must("exec", `keep/${copy}`, "web", "touch", `/data/${copy}`, `/own/${copy}`);

    assert.match(warnings, new RegExp(`volume data: external volume ${name} is kept, as keep_volumes says`));
    const list = (directory: string) => world.must("exec", "keep/green", "web", "ls", directory);
    assert.deepEqual((await list("/data")).trim().split(/\s+/), ["blue", "green"]);
    assert.deepEqual((await list("/own")).trim().split(/\s+/), ["green"]);
    for (const copy of copies) await world.must("destroy", `keep/${copy}`, "--force");
    assert.match(await docker("volume", "ls", "--quiet"), new RegExp(`^${name}$`, "m"));
  });

  test("images: shared leaves the names of what is built: one copy uses what the other built, and destroy removes neither", async (t) => {
    const image = removeAfter(t, "image", `shared-${world.installation.slice(0, 8)}`);
    const compose = `services: { web: { image: ${image}, build: ., command: [sleep, "600"], init: true } }`;
    const dockerfile = `FROM ${world.image}\nRUN ["/bin/busybox", "touch", "/built"]\n`;

    const [warnings = ""] = await upBoth("same", compose, {
      ".cilo/config.yml": "images: shared\n",
      Dockerfile: dockerfile,
    });

    assert.match(warnings, new RegExp(`service web: image ${image} keeps its name, as images: shared says`));
    const ids = copies.map((copy) =>
      docker("inspect", `cilo-same-${copy}-web-1`, "--format", "{{.Image}} {{.Config.Image}}"),
    );
    const [blue, green] = await Promise.all(ids);
    assert.equal(blue, green);
    assert.match(blue ?? "", new RegExp(` ${image}$`));
    await world.must("destroy", "same/blue", "--force");
    assert.ok(await docker("image", "inspect", image, "--format", "{{.Id}}"));
    await world.must("up", "same/green", "--recreate");
    await world.must("destroy", "same/green", "--force");
    assert.ok(await docker("image", "inspect", image, "--format", "{{.Id}}"));
  });

  test("names in the configuration that the project does not have are told all at once, with their places", async () => {
    const config = "ingress: wbe\nkeep_volumes: [data]\n";
    const path = await world.write("wrong", `services: { web: { ${sleeper} } }`, { ".cilo/config.yml": config });
    await world.must("create", "wrong/blue", "--from", path);

    const { code, stderr } = await world.cilo(["up", "wrong/blue"]);

    assert.equal(code, 2);
    assert.match(
      stderr,
      /config\.yml:1:10: ingress names the service "wbe", which the project does not have; there are web/,
    );
    assert.match(stderr, /config\.yml:2:16: keep_volumes names the volume "data", which no service uses/);
    const file = join((await world.must("path", "wrong/blue")).trim(), ".cilo/config.yml");
    assert.equal(await readFile(file, "utf8"), config);
    await writeFile(file, "ingress: web\n");
    await world.must("up", "wrong/blue");
    await world.must("destroy", "wrong/blue", "--force");
  });
});
