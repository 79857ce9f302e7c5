import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { engineSkip } from "../support/engine.ts";
import { createWorld, fetchText, type World } from "../support/world.ts";

const skip = await engineSkip();

describe("copies side by side", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    await world.startDns();
  });
  after(() => world[Symbol.asyncDispose]());

  test("two copies of a project whose ports and container names collide run at once, each with its own page and data", async () => {
    const source = await world.project("shop");
    for (const copy of ["blue", "green"]) {
      await world.must("create", `shop/${copy}`, "--from", source);
      const workspace = (await world.must("path", `shop/${copy}`)).trim();
      await writeFile(join(workspace, "site/index.html"), `this is ${copy}`);
    }

    await Promise.all([world.must("up", "shop/blue"), world.must("up", "shop/green")]);

    for (const copy of ["blue", "green"]) {
      const [web] = await world.resolve(`web.${copy}.test`);
      assert.equal(await fetchText(`http://${web}/`), `this is ${copy}`);
    }
    const [blueApi] = await world.resolve("api.blue.test");
    const [greenApi] = await world.resolve("api.green.test");
    await fetchText(`http://${blueApi}/cgi-bin/index.cgi?99`);
    assert.match((await fetchText(`http://${greenApi}/cgi-bin/index.cgi`)) ?? "", /"stock":12/);
  });

  test("no packet of one reaches the other, and its names are not the engine's to give", async () => {
    const [own] = await world.resolve("web.blue.test");
    const [other] = await world.resolve("web.green.test");
    // Debian's static busybox crashes of wget's own -T.
    const fetchFromBlue = (host: string | undefined) =>
      world.cilo(["exec", "shop/blue", "web", "timeout", "2", "wget", "-q", "-O", "-", `http://${host}/`]);

    const [ownAddress, ownName, address, name] = await Promise.all(
      [own, "web.blue.test", other, "web.green.test"].map(fetchFromBlue),
    );

    assert.deepEqual([ownAddress?.stdout, ownName?.stdout], ["this is blue", "this is blue"]);
    assert.deepEqual([address?.stdout, name?.stdout], ["", ""]);
    assert.notEqual(address?.code, 0);
    assert.notEqual(name?.code, 0);
  });

  test("two projects have an environment of the same name: the second is told, and both have their long names", async () => {
    const blog = await world.write(
      "blog",
      "services: { web: { image: IMAGE, command: [httpd, -f, -h, /etc], init: true } }",
    );

    const { stderr } = await world.cilo(["create", "blue", "--from", blog]);
    await world.must("up", "blog/blue");

    assert.match(
      stderr,
      /SERVICE\.blue\.test belongs to shop\/blue; this environment answers as SERVICE\.blog\.blue\.test/,
    );
    const [shops] = await world.resolve("web.shop.blue.test");
    const [blogs] = await world.resolve("web.blog.blue.test");
    assert.ok(shops && blogs && shops !== blogs);
    assert.deepEqual(await world.resolve("web.blue.test"), [shops]);
    const ambiguous = await world.cilo(["status", "blue"]);
    assert.equal(ambiguous.code, 2);
    assert.match(ambiguous.stderr, /blog\/blue or shop\/blue/);
  });

  test("down of one leaves the others as they are", async () => {
    const before = (await world.engineObjects()).filter((object) => !object.includes("cilo-shop-blue"));

    await world.must("down", "shop/blue");

    const now = await world.engineObjects();
    assert.deepEqual(now, [...before, "volume cilo-shop-blue_data"].sort());
    assert.equal((await world.resolve("web.green.test")).length, 1);
  });

  test("the short names stay with the environment that had them while it is down", async () => {
    assert.deepEqual(await world.resolve("web.blue.test"), []);
    assert.equal((await world.resolve("web.blog.blue.test")).length, 1);
  });

  test("a copy made from a workspace belongs to the same project", async () => {
    const workspace = (await world.must("path", "shop/green")).trim();

    await world.must("create", "red", "--from", workspace);

    assert.match(await world.must("path", "shop/red"), /shop\/red/);
  });
});
