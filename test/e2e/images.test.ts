import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip, removeAfter } from "../support/engine.ts";
import { createWorld, fetchText, type World } from "../support/world.ts";

const skip = await engineSkip();

/** Three services of one image, as a web server and its workers often are, and a tag that a fourth uses. */
const compose = `
services:
  web: &built
    image: shop/app:dev
    build: { context: ., tags: ["shop/tagged:dev"] }
    command: [httpd, -f, -h, /site]
    init: true
  worker-1: *built
  worker-2: *built
  tool:
    image: docker.io/shop/tagged:dev
    command: [httpd, -f, -h, /site]
    init: true
    depends_on: [web]
`;

const plainCompose = `
services:
  web:
    build: .
    command: [httpd, -f, -h, /site]
    init: true
`;

describe("images that a project builds", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    await world.startDns();
    const dockerfile = `FROM ${world.image}\nCOPY index.html /site/index.html\n`;
    const source = await world.write("built", compose, { Dockerfile: dockerfile, "index.html": "first" });
    for (const copy of ["blue", "green"]) await world.must("create", `built/${copy}`, "--from", source);
  });
  after(() => world[Symbol.asyncDispose]());

  async function edit(copy: string, text: string): Promise<void> {
    const workspace = (await world.must("path", `built/${copy}`)).trim();
    await writeFile(join(workspace, "index.html"), text);
  }

  async function pagesOf(copy: string): Promise<(string | null)[]> {
    const services = ["web", "worker-1", "worker-2", "tool"];
    return await Promise.all(
      services.map(async (service) => fetchText(`http://${(await world.resolve(`${service}.${copy}.test`))[0]}/`)),
    );
  }

  async function listImages(): Promise<string[]> {
    const filter = `label=cilo.installation=${world.installation}`;
    const text = await docker("image", "ls", "--filter", filter, "--format", "{{.Repository}}:{{.Tag}}");
    return text.split("\n").filter((line) => line !== "");
  }

  test("several services of one image come up, in two copies with different code at once", async () => {
    await edit("blue", "this is blue");
    await edit("green", "this is green");

    await Promise.all([world.must("up", "built/blue"), world.must("up", "built/green")]);

    assert.deepEqual(await pagesOf("blue"), Array(4).fill("this is blue"));
    assert.deepEqual(await pagesOf("green"), Array(4).fill("this is green"));
  });

  test("no copy has the project's own name for its image", async () => {
    const names = await docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}");

    assert.doesNotMatch(names, /^shop\/(app|tagged):/m);
  });

  test("--build on a running copy brings its new code, and leaves the other copy alone", async () => {
    await edit("blue", "blue once more");

    await world.must("up", "built/blue", "--build");

    assert.deepEqual(await pagesOf("blue"), Array(4).fill("blue once more"));
    assert.deepEqual(await pagesOf("green"), Array(4).fill("this is green"));
  });

  test("destroy takes all images of a copy, those without a name too, and none that somebody made from them", async (t) => {
    // What the user makes from one of ours has our labels too.
    await writeFile(join(world.directory, "Dockerfile"), "FROM cilo-built-blue/shop-app-dev\nENV MINE=1\n");
    const users = await docker("image", "build", "--quiet", world.directory);
    removeAfter(t, "image", users);
    const containers = await docker("container", "ls", "--filter", "label=cilo.environment=blue", "--quiet");
    const committed = await docker("container", "commit", containers.split("\n")[0] ?? "");
    removeAfter(t, "image", committed);

    await world.must("destroy", "built/blue", "--force");
    await world.must("destroy", "built/green", "--force");

    assert.deepEqual(await listImages(), ["<none>:<none>", "<none>:<none>"]);
    for (const id of [users, committed]) {
      assert.equal(await docker("image", "inspect", "--format", "{{.Id}}", id), id);
    }
  });

  test("up builds where the image of an earlier copy of that name stayed, and runs this copy's code", async (t) => {
    const source = await world.write("plain", plainCompose, {
      Dockerfile: `FROM ${world.image}\nCOPY index.html /site/index.html\n`,
      "index.html": "of the earlier copy",
    });
    await world.must("create", "plain/red", "--from", source);
    await world.must("up", "plain/red");
    // It has the labels of the image, is none of the environment's for that, and keeps the image from being removed.
    const container = await docker("container", "create", "cilo-plain-red-web", "true");
    removeAfter(t, "container", container);
    const { stderr: warning } = await world.cilo(["destroy", "plain/red", "--force"]);
    await writeFile(join(source, "index.html"), "of the copy that is there");
    await world.must("create", "plain/red", "--from", source);

    const { stderr } = await world.cilo(["up", "plain/red"]);

    assert.match(warning, /image cilo-plain-red-web:latest stays/);
    assert.match(stderr, /builds web: what is called cilo-plain-red-web was not built for this environment/);
    const [address] = await world.resolve("web.red.test");
    assert.equal(await fetchText(`http://${address}/`), "of the copy that is there");
    await world.must("destroy", "plain/red", "--force");
  });
});
