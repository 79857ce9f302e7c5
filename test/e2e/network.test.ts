import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { toFaultVariables } from "../support/faults.ts";
import { createWorld, eventually, fetchText, listObjects, type World } from "../support/world.ts";

const skip = (await engineSkip()) || (await routeSkip());

/** Why routes cannot be added here, or false. */
async function routeSkip(): Promise<string | false> {
  const { exitCode } = await exec("ip", ["-Version"], { timeoutMs: 5_000 });
  return exitCode === 0 && process.getuid?.() === 0 ? false : "only root may add routes, with the ip program";
}

const server = 'image: IMAGE, init: true, command: [sh, -c, "hostname > /tmp/index.html; exec httpd -f -h /tmp -p 80"]';
const compose = `
services:
  web: { ${server}, hostname: web, volumes: ["data:/data", /cache] }
volumes: { data: {} }
`;

interface Status {
  pools: { cidr: string; free: number; others: { holder: string; subnets: string[] }[] }[];
  environments: { key: string; networks: { subnet: string; state: string; engineSubnets: string[] }[] }[];
  pending: { baseSubnet: string | null };
}

describe("subnets", { skip }, () => {
  let world: World;
  let source: string;
  /** The first two numbers of the world's base subnet. */
  let base: string;
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  before(async () => {
    world = await createWorld();
    source = await world.write("shop", compose);
    base = (await world.state()).baseSubnet.split(".").slice(0, 2).join(".");
    resolver.setServers([`127.0.0.1:${await world.startDns()}`]);
  });
  after(() => world[Symbol.asyncDispose]());

  const subnetOf = async (key: `${string}/${string}`) => {
    const environment = (await world.state()).hosts.local.environments[key];
    assert.ok(environment);
    return environment.subnet;
  };
  const status = async (): Promise<Status> => JSON.parse(await world.must("network", "status", "--json"));
  const standingOf = async (key: string) =>
    (await status()).environments.find((environment) => environment.key === key)?.networks[0];

  /** A route as a VPN brings one, until the test ends. */
  const addRoute = async (t: TestContext, cidr: string, table = "main"): Promise<void> => {
    const route = [cidr, "dev", "lo", "table", table];
    t.after(() => exec("ip", ["route", "del", ...route], { timeoutMs: 5_000 }));
    const added = await exec("ip", ["route", "add", ...route], { timeoutMs: 5_000 });
    assert.equal(added.exitCode, 0, added.stderr);
  };

  /** Its page comes from that address, by which its name and the address's name answer. */
  const assertAnswers = async (name: string, address: string): Promise<void> => {
    assert.deepEqual(await world.resolve(`web.${name}.test`), [address]);
    assert.deepEqual(await resolver.reverse(address), [`web.${name}.test`]);
    assert.ok(await eventually(async () => (await fetchText(`http://${address}/`)) === "web\n"));
  };

  test("of two environments are the lowest ones, and network status says so", async () => {
    for (const name of ["blue", "green"]) await world.must("create", `shop/${name}`, "--from", source);
    await world.must("up", "shop/blue");

    const { pools, environments } = await status();

    assert.deepEqual(
      environments.map(({ key, networks }) => [key, networks.map(({ subnet, state }) => [subnet, state])]),
      [
        ["shop/blue", [[`${base}.0.0/24`, "ok"]]],
        ["shop/green", [[`${base}.1.0/24`, "ok"]]],
      ],
    );
    assert.deepEqual([pools[0]?.cidr, pools[0]?.free], [`${base}.0.0/16`, 254]);
    assert.match(await world.must("network", "status"), /^shop\/blue +default +10\.\d+\.0\.0\/24 +ok$/m);
  });

  test("are not changed under running containers: up says who is there and what to run, and the move keeps the data", async (t) => {
    await world.must("exec", "shop/blue", "web", "sh", "-c", "echo kept > /data/file");
    await addRoute(t, `${base}.0.128/25`);

    const refused = await world.cilo(["up", "shop/blue"]);
    const planned = await world.must("network", "migrate", "--dry-run");
    const unanswered = await world.cilo(["network", "migrate"]);
    const before = await standingOf("shop/blue");
    const moved = await world.must("network", "migrate", "--env", "shop/blue", "--yes");

    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /subnet 10\.\d+\.0\.0\/24 of shop\/blue is now used by the host's route through lo/);
    assert.match(refused.stderr, /run "cilo network migrate --env shop\/blue"/);
    assert.equal(
      planned,
      `shop/blue moves from ${base}.0.0/24 to ${base}.2.0/24: it is used by the host's route through lo\n` +
        "  container cilo-shop-blue-web-1 is made anew",
    );
    assert.deepEqual([unanswered.code, before?.state, before?.subnet], [1, "conflict", `${base}.0.0/24`]);
    assert.equal(moved, `shop/blue has moved to ${base}.2.0/24 and is up`);
    await assertAnswers("blue", `${base}.2.10`);
    assert.equal(await world.must("exec", "shop/blue", "web", "cat", "/data/file"), "kept");
    const { anonymousVolumes } = (await world.state()).hosts.local.environments["shop/blue"] ?? {};
    assert.equal(anonymousVolumes?.length, 2, "the volume without a name of before is known as well");
    assert.deepEqual((await standingOf("shop/blue"))?.engineSubnets, [`${base}.2.0/24`]);
    assert.equal(await world.must("network", "migrate"), "nothing has to move");
  });

  test("of what does not run change by themselves at up, and without a question by network migrate", async (t) => {
    await addRoute(t, `${base}.1.0/24`, "7351");
    const { pools } = await status();
    const migrated = await world.must("network", "migrate");
    await addRoute(t, `${base}.0.0/24`);
    const to = await subnetOf("shop/green");
    assert.equal(pools[0]?.others[0]?.holder, "the host's route through lo in table 7351");
    assert.equal(migrated, `shop/green has moved to ${base}.0.0/24`);
    assert.equal(to, `${base}.0.0/24`);

    const up = await world.cilo(["up", "shop/green"]);

    assert.equal(up.code, 0, up.stderr);
    assert.match(up.stderr, /\.0\.0\/24 is used by others now; shop\/green has moved to 10\.\d+\.3\.0\/24/);
    await assertAnswers("green", `${base}.3.10`);
    await world.must("down", "shop/green");
  });

  test("stay what state says: a network that has another one is made anew once nothing is on it", async () => {
    const labels = { "cilo.installation": world.installation, "cilo.id": await idOf("shop/green") };
    const options = Object.entries(labels).flatMap(([label, value]) => ["--label", `${label}=${value}`]);
    await docker("network", "create", ...options, "--subnet", `${base}.99.0/24`, "cilo-shop-green_default");
    const found = await standingOf("shop/green");

    await world.must("up", "shop/green");

    assert.equal(found?.state, "differs");
    assert.deepEqual((await standingOf("shop/green"))?.engineSubnets, [`${base}.3.0/24`]);
    await world.must("destroy", "shop/green", "--force");
  });

  const cuts: [point: string, signal: NodeJS.Signals, octet: number][] = [
    ["containers.composed-down", "SIGKILL", 71],
    ["migrate.intent-recorded", "SIGINT", 72],
    ["migrate.subnet-recorded", "SIGKILL", 73],
  ];
  for (const [point, signal, octet] of cuts) {
    test(`change to the end when the move was cut off by ${signal} at ${point}`, async () => {
      const to = `${base}.${octet}.0/24`;
      const command = ["network", "migrate", "--env", "shop/blue", "--to", to, "--yes"];
      const cut = await world.cilo(command, { env: toFaultVariables({ at: { point, passing: 1, signal } }) });
      const left = await world.must("list");

      const again = await world.must(...command);

      assert.notEqual(cut.code, 0, cut.stderr);
      assert.match(left, /migrate interrupted/);
      assert.match(again, /^shop\/blue (has moved to|is where it was) .*is up$/m);
      assert.equal(await subnetOf("shop/blue"), to);
      await assertAnswers("blue", to.replace("0/24", "10"));
      assert.deepEqual(await listObjects(`cilo.id=${await idOf("shop/blue")}`), [
        "container cilo-shop-blue-web-1",
        "network cilo-shop-blue_default",
        "volume cilo-shop-blue_data",
      ]);
    });
  }

  test("stay, and what runs goes on, when it could not be started again or another's container is on the network", async () => {
    const environment = (await world.state()).hosts.local.environments["shop/blue"];
    assert.ok(environment);
    const command = ["network", "migrate", "--env", "shop/blue", "--to", `${base}.74.0/24`, "--yes"];
    const file = join(world.home, "envs/shop/blue/compose.yml");
    const text = await readFile(file, "utf8");
    const outsider = `cilo-outsider-${world.installation.slice(0, 8)}`;

    await writeFile(file, "services: {");
    const unreadable = await world.cilo(command);
    await writeFile(file, text);
    const options = ["--init", "--name", outsider, "--label", `cilo.installation=${world.installation}`];
    await docker("run", "--detach", ...options, "--network", "cilo-shop-blue_default", world.image, "sleep", "600");
    const occupied = await world.cilo(command);
    await docker("rm", "--force", outsider);

    assert.match(unreadable.stderr, /CILO_COMPOSE_INVALID/);
    assert.match(occupied.stderr, /CILO_FOREIGN_RESOURCE/);
    assert.equal(await subnetOf("shop/blue"), environment.subnet);
    await assertAnswers("blue", environment.subnet.replace("0/24", "10"));
    assert.match(await world.must("list"), /^shop\/blue +running /m);
  });

  test("come from another block once config.yml names one; what is there stays until it is moved", async () => {
    const other = base === "10.219" ? "10.218" : "10.219";
    const configFile = join(world.home, "config.yml");
    await writeFile(configFile, `network: { base_subnet: ${other}.4.0/22 }\n`);
    const { pending } = await status();
    const created = await world.cilo(["create", "shop/red", "--from", source]);
    await world.must("up", "shop/red");
    const blueBefore = await subnetOf("shop/blue");

    assert.equal(pending.baseSubnet, `${other}.4.0/22`);
    assert.match(created.stderr, /subnets are taken from 10\.21\d\.4\.0\/22 from now on, no longer from 10\./);
    assert.match(created.stderr, /1 environment stays in the old block; "cilo network migrate" moves what is outside/);
    await assertAnswers("red", `${other}.4.10`);
    await assertAnswers("blue", blueBefore.replace("0/24", "10"));
    assert.equal((await standingOf("shop/blue"))?.state, "outside");

    assert.equal(await world.must("network", "migrate", "--yes"), `shop/blue has moved to ${other}.5.0/24 and is up`);
    await assertAnswers("blue", `${other}.5.10`);
  });

  test("that are all gone are told with who has them, and one given back is given again", async (t) => {
    const other = (await subnetOf("shop/red")).split(".").slice(0, 2).join(".");
    await addRoute(t, `${other}.6.0/23`);

    const full = await world.cilo(["create", "shop/late", "--from", source]);
    await world.must("destroy", "shop/red", "--force");
    await world.must("create", "shop/late", "--from", source);

    assert.equal(full.code, 3);
    assert.match(
      full.stderr,
      /no \/24 is free in .*: the host's route through lo has 10\.\d+\.6\.0\/23; environment shop\/blue has 10\.\d+\.5\.0\/24; environment shop\/red has 10\.\d+\.4\.0\/24 \[CILO_POOL_EXHAUSTED\]/,
    );
    assert.match(full.stderr, /network\.base_subnet/);
    assert.equal(await subnetOf("shop/late"), `${other}.4.0/24`);
  });

  async function idOf(key: `${string}/${string}`): Promise<string> {
    return (await world.state()).hosts.local.environments[key]?.id ?? "";
  }
});
