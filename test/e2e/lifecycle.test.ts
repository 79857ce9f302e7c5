import assert from "node:assert/strict";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip } from "../support/engine.ts";
import { createWorld, eventually, fetchText, type World } from "../support/world.ts";

const skip = await engineSkip();

describe("an environment's life", { skip }, () => {
  let world: World;
  let source: string;
  before(async () => {
    world = await createWorld();
    source = await world.project("shop");
    await world.startDns();
  });
  after(() => world[Symbol.asyncDispose]());

  test("create copies the project and starts nothing", async () => {
    const output = await world.must("create", "shop/blue", "--from", source);

    const workspace = (await world.must("path", "shop/blue")).trim();
    assert.match(output, /created +shop\/blue/);
    assert.equal(
      await readFile(join(workspace, "compose.yml"), "utf8"),
      await readFile(join(source, "compose.yml"), "utf8"),
    );
    assert.deepEqual(await world.engineObjects(), []);
    assert.deepEqual(await world.resolve("web.blue.test"), []);
  });

  test("up brings services, names, and truth about both", async () => {
    await world.must("up", "shop/blue");

    const [address] = await world.resolve("web.blue.test");
    const { environment } = JSON.parse(await world.must("status", "shop/blue", "--json"));
    const web = environment.services.find((service: { name: string }) => service.name === "web");
    assert.ok(address);
    assert.match((await fetchText(`http://${address}/`)) ?? "", /<h1>shop/);
    assert.equal(environment.status, "running");
    assert.deepEqual([web.address, web.status, web.url], [address, "running", "http://web.blue.test"]);
    assert.deepEqual(await world.resolve("web.shop.blue.test"), [address]);
    assert.deepEqual(await world.resolve("shop.blue.test"), [address]);
    assert.deepEqual(await world.resolve("anything.shop.blue.test"), [address]);
    assert.deepEqual(await world.resolve("x.web.blue.test"), []);
  });

  test("no port is published", async () => {
    const ports = await docker(
      "container",
      "inspect",
      "cilo-shop-blue-web-1",
      "--format",
      "{{json .HostConfig.PortBindings}}",
    );

    assert.equal(ports, "{}");
  });

  test("the same names resolve inside a container, to the same addresses", async () => {
    const [address] = await world.resolve("db.blue.test");

    for (const name of ["db", "db.blue.test", "db.shop.blue.test", "shop-db"]) {
      const hosts = await world.must("exec", "shop/blue", "web", "nslookup", name);
      assert.ok(address && hosts.includes(address), `${name}: ${hosts}`);
    }
  });

  test("the services reach each other: api reads what db holds", async () => {
    const [address] = await world.resolve("api.blue.test");

    const stock = await fetchText(`http://${address}/cgi-bin/index.cgi`);

    assert.match(stock ?? "", /"stock":12/);
  });

  test("exec hands on arguments as they are and the command's exit code, and gives 125 when cilo fails before it", async () => {
    const echoed = await world.cilo(["exec", "shop/blue", "web", "echo", "--project", "$HOME", "a b"]);
    const failed = await world.cilo(["exec", "shop/blue", "web", "sh", "-c", "exit 7"]);
    const unknown = await world.cilo(["exec", "shop/blue", "wbe", "true"]);

    assert.equal(echoed.stdout.trim(), "--project $HOME a b");
    assert.equal(failed.code, 7);
    assert.equal(unknown.code, 125);
    assert.match(unknown.stderr, /no service "wbe"[\s\S]*hint: choose one of api, db, web/);
  });

  test("logs shows what a service wrote", async () => {
    await world.must("exec", "shop/blue", "web", "sh", "-c", "echo from-the-test > /proc/1/fd/1");

    const logs = await world.cilo(["logs", "shop/blue", "web"]);

    assert.match(logs.stdout, /from-the-test/);
  });

  test("compose run works beside the running service", async () => {
    const { code, stdout, stderr } = await world.cilo([
      "compose",
      "shop/blue",
      "run",
      "--rm",
      "-T",
      "api",
      "echo",
      "one-off",
    ]);

    assert.equal(code, 0, stderr);
    assert.match(stdout, /one-off/);
  });

  test("docker restart by hand keeps the names right", async () => {
    const [before] = await world.resolve("web.blue.test");

    await docker("restart", "--time", "1", "cilo-shop-blue-web-1");

    assert.ok(await eventually(async () => (await world.resolve("web.blue.test"))[0] === before));
  });

  test("a container stopped by hand has no name, and status says so", async () => {
    await docker("stop", "--time", "1", "cilo-shop-blue-web-1");
    assert.ok(await eventually(async () => (await world.resolve("web.blue.test")).length === 0));
    const { environment } = JSON.parse(await world.must("status", "shop/blue", "--json"));
    assert.equal(environment.status, "degraded");

    await docker("start", "cilo-shop-blue-web-1");

    assert.ok(await eventually(async () => (await world.resolve("web.blue.test")).length === 1));
  });

  test("up again changes nothing", async () => {
    const before = await docker(
      "container",
      "ls",
      "--no-trunc",
      "--quiet",
      "--filter",
      `label=cilo.installation=${world.installation}`,
    );

    await world.must("up", "shop/blue");

    const after = await docker(
      "container",
      "ls",
      "--no-trunc",
      "--quiet",
      "--filter",
      `label=cilo.installation=${world.installation}`,
    );
    assert.deepEqual(after.split("\n").sort(), before.split("\n").sort());
  });

  test("compose up --scale gives a service several addresses, and up takes it back to one", async () => {
    const scaled = await world.cilo(["compose", "shop/blue", "up", "--detach", "--scale", "web=2"]);

    assert.equal(scaled.code, 0, scaled.stderr);
    assert.ok(await eventually(async () => (await world.resolve("web.blue.test")).length === 2));
    await world.must("up", "shop/blue");
    assert.ok(await eventually(async () => (await world.resolve("web.blue.test")).length === 1));
  });

  test("down takes containers, network and names, and keeps data and addresses", async () => {
    const [address] = await world.resolve("api.blue.test");
    await fetchText(`http://${address}/cgi-bin/index.cgi?7`);
    const services = (await world.state()).hosts.local.environments["shop/blue"]?.services;

    await world.must("down", "shop/blue");

    assert.deepEqual(await world.engineObjects(), ["volume cilo-shop-blue_data"]);
    assert.deepEqual(await world.resolve("web.blue.test"), []);
    const kept = (await world.state()).hosts.local.environments["shop/blue"];
    assert.equal(kept?.status, "stopped");
    assert.equal(kept?.services.api?.address, services?.api?.address);
  });

  test("down again is no error", async () => {
    assert.match(await world.must("down", "shop/blue"), /shop\/blue is down/);
  });

  test("up after down has the data and the addresses of before, and what was edited in the workspace", async () => {
    const workspace = (await world.must("path", "shop/blue")).trim();
    const before = (await world.state()).hosts.local.environments["shop/blue"]?.services.web?.address;
    await writeFile(join(workspace, "site/index.html"), "edited");

    await world.must("up", "shop/blue");

    const [api] = await world.resolve("api.blue.test");
    const [web] = await world.resolve("web.blue.test");
    assert.match((await fetchText(`http://${api}/cgi-bin/index.cgi`)) ?? "", /"stock":7/);
    assert.equal(web, before);
    assert.equal(await fetchText(`http://${web}/`), "edited");
  });

  test("destroy asks, and without an answer does nothing", async () => {
    const { code, stderr } = await world.cilo(["destroy", "shop/blue"]);

    assert.equal(code, 1);
    assert.match(
      stderr,
      /container cilo-shop-blue-web-1[\s\S]*volume cilo-shop-blue_data with its data[\s\S]*workspace /,
    );
    assert.equal((await world.resolve("web.blue.test")).length, 1);
  });

  test("destroy removes all of it and nothing else", async () => {
    const workspace = (await world.must("path", "shop/blue")).trim();
    const sourceFile = join(source, "compose.yml");

    await world.must("destroy", "shop/blue", "--force");

    assert.deepEqual(await world.engineObjects(), []);
    assert.deepEqual(await world.resolve("web.blue.test"), []);
    await assert.rejects(access(workspace), /ENOENT/);
    await access(sourceFile);
    assert.deepEqual(JSON.parse(await world.must("list", "--json")).environments, []);
  });
});
