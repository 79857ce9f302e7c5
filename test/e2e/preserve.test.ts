import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip, removeAfter } from "../support/engine.ts";
import { createWorld, eventually, fetchText, listObjects, type World } from "../support/world.ts";

const skip = await engineSkip();

/** A server whose page is its own name; `sh` hands signals on to it, as `init` does. */
const server = 'image: IMAGE, init: true, command: [sh, -c, "hostname > /tmp/index.html; exec httpd -f -h /tmp -p 80"]';

const compose = `
services:
  web: { ${server}, hostname: web, networks: [front] }
  api: { ${server}, hostname: api, networks: { front: null, back: { aliases: [backend] } } }
  db:
    { ${server}, hostname: db, container_name: shop-db, networks: { back: { aliases: [database], ipv4_address: 172.30.9.5 } } }
  vault: { ${server}, hostname: vault, environment: { DB: 172.30.9.5 }, networks: [back, safe] }
  side: { image: IMAGE, init: true, command: [sleep, "600"], network_mode: "service:db" }
networks:
  front: {}
  back: { internal: true, name: shop-back, ipam: { config: [{ subnet: 172.30.9.0/24 }] } }
  safe: { internal: true }
`;

interface Endpoint {
  IPAddress: string;
  Aliases: string[];
}

describe("networks: preserve", { skip }, () => {
  let world: World;
  let source: string;
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  before(async () => {
    world = await createWorld();
    source = await world.write("shop", compose, { ".cilo/config.yml": "networks: preserve\n" });
    resolver.setServers([`127.0.0.1:${await world.startDns()}`]);
  });
  after(() => world[Symbol.asyncDispose]());

  const environmentOf = async (key: "shop/blue" | "shop/green") => {
    const environment = (await world.state()).hosts.local.environments[key];
    assert.ok(environment);
    return environment;
  };

  /** What a service's container is attached to, by network. */
  const endpointsOf = async (container: string): Promise<Record<string, Endpoint>> =>
    JSON.parse(await docker("inspect", container, "--format", "{{json .NetworkSettings.Networks}}"));

  /**
   * The page at a host as a service sees it; "" when there is no way, or no such name. Debian's static busybox crashes of
   * wget's own -T.
   */
  const fetchFrom = (container: string, host: string): Promise<string> =>
    docker("exec", container, "sh", "-c", `timeout 2 wget -q -O - http://${host}/ 2>/dev/null || true`);

  /** What a service of blue sees at each host. */
  const fetchEach = async (service: string, hosts: readonly (string | null | undefined)[]) =>
    Object.fromEntries(
      await Promise.all(
        hosts.map(async (host) => [`${service} ${host}`, await fetchFrom(`cilo-shop-blue-${service}-1`, `${host}`)]),
      ),
    );
  const all = (service: string, hosts: readonly (string | null | undefined)[], page: string) =>
    Object.fromEntries(hosts.map((host) => [`${service} ${host}`, page]));

  test("create reserves nothing for them; up makes them, two copies at a time, each its own", async () => {
    await Promise.all(["blue", "green"].map((name) => world.must("create", `shop/${name}`, "--from", source)));
    const before = (await environmentOf("shop/blue")).keptNetworks;

    const [blueUp] = await Promise.all([world.cilo(["up", "shop/blue"]), world.must("up", "shop/green")]);

    assert.equal(blueUp.code, 0, blueUp.stderr);
    assert.doesNotMatch(blueUp.stderr, /internal has no effect/);
    const [blue, green] = [await environmentOf("shop/blue"), await environmentOf("shop/green")];
    const subnets = [blue, green].flatMap(({ keptNetworks = {} }) => Object.values(keptNetworks));
    assert.equal(before, undefined);
    assert.deepEqual(Object.keys(blue.keptNetworks ?? {}), ["back", "safe"]);
    assert.equal(new Set(subnets).size, 4);
    for (const subnet of subnets) assert.match(subnet, /^10\.225\.\d+\.0\/24$/);
    const networks = (await listObjects(`cilo.id=${blue.id}`)).filter((object) => object.startsWith("network "));
    assert.deepEqual(networks, [
      "network cilo-shop-blue_back",
      "network cilo-shop-blue_default",
      "network cilo-shop-blue_safe",
    ]);
    assert.equal(await docker("network", "inspect", "cilo-shop-blue_back", "--format", "{{.Internal}}"), "true");
    assert.equal(await docker("network", "inspect", "cilo-shop-blue_default", "--format", "{{.Internal}}"), "false");
  });

  test("a service is on the networks it asks for and no other, with one host part in all of them", async () => {
    const { services, keptNetworks = {} } = await environmentOf("shop/blue");
    const hosts = new Map<string, string[]>();
    for (const service of ["web", "api", "db", "vault"]) {
      const endpoints = await endpointsOf(`cilo-shop-blue-${service}-1`);
      hosts.set(service, Object.keys(endpoints).sort());
      const parts = Object.values(endpoints).map(({ IPAddress }) => IPAddress.split(".")[3]);
      assert.equal(new Set(parts).size, 1, service);
      assert.deepEqual([parts[0]], [services[service]?.address?.split(".")[3]]);
    }

    assert.deepEqual(Object.fromEntries(hosts), {
      web: ["cilo-shop-blue_default"],
      api: ["cilo-shop-blue_back", "cilo-shop-blue_default"],
      db: ["cilo-shop-blue_back"],
      vault: ["cilo-shop-blue_back", "cilo-shop-blue_safe"],
    });
    assert.equal(services.db?.address?.startsWith(keptNetworks.back?.replace(/0\/24$/, "") ?? "none"), true);
  });

  test("the host reaches every service by its name, and gets the name back for the address", async () => {
    for (const service of ["web", "api", "db", "vault"]) {
      const [address = ""] = await world.resolve(`${service}.blue.test`);

      assert.equal(await fetchText(`http://${address}/`), `${service}\n`);
      assert.deepEqual(await resolver.reverse(address), [`${service}.blue.test`]);
    }
    const { services, subnet } = await environmentOf("shop/blue");
    const [api = ""] = await world.resolve("api.blue.test");
    assert.equal(api.split(".").slice(0, 3).join("."), subnet.split(".").slice(0, 3).join("."));
    assert.deepEqual(await world.resolve("side.blue.test"), [services.db?.address]);
  });

  test("on each network the names of its services lead to their addresses there", async () => {
    const { services } = await environmentOf("shop/blue");
    const ofDb = [
      "db",
      "database",
      "shop-db",
      "db.blue.test",
      "db.shop.blue.test",
      "side.blue.test",
      services.db?.address,
    ];
    const ofApi = ["api", "backend", "api.blue.test", "api.shop.blue.test"];

    assert.deepEqual(await fetchEach("api", ofDb), all("api", ofDb, "db"));
    assert.deepEqual(await fetchEach("db", ofApi), all("db", ofApi, "api"));
    assert.deepEqual(await fetchEach("web", ["api", "api.blue.test"]), all("web", ["api", "api.blue.test"], "api"));
  });

  test("what is not on a network neither reaches its services nor is reached by them", async () => {
    const { services } = await environmentOf("shop/blue");
    const ofDb = ["db", "database", "db.blue.test", services.db?.address];
    const ofWeb = ["web", "web.blue.test", services.web?.address];
    const safe = (await endpointsOf("cilo-shop-blue-vault-1"))["cilo-shop-blue_safe"]?.IPAddress;

    const [fromWeb, fromDb] = await Promise.all([fetchEach("web", ofDb), fetchEach("db", [...ofWeb, safe])]);

    assert.deepEqual(fromWeb, all("web", ofDb, ""));
    assert.deepEqual(fromDb, all("db", [...ofWeb, safe], ""));
  });

  test("a service on internal networks alone has no way out, one that is on others too has", async (t) => {
    const outside = removeAfter(t, "container", `cilo-outside-${world.installation.slice(0, 8)}`);
    const gateway = (await environmentOf("shop/blue")).subnet.replace("0/24", "1");
    const page = "hostname > /tmp/index.html; exec httpd -f -h /tmp -p 80";
    const options = ["--detach", "--init", "--name", outside, "--hostname", "outside", "--publish", `${gateway}::80`];
    await docker("run", ...options, world.image, "sh", "-c", page);
    const host = await docker("port", outside, "80/tcp");
    assert.ok(await eventually(async () => (await fetchText(`http://${host}/`)) === "outside\n"));

    const seen = await Promise.all(["web", "api", "db", "vault"].map((service) => fetchEach(service, [host])));

    assert.deepEqual(Object.assign({}, ...seen), {
      ...all("web", [host], "outside"),
      ...all("api", [host], "outside"),
      ...all("db", [host], ""),
      ...all("vault", [host], ""),
    });
  });

  test("no connection of one copy reaches the other's, and its names are not the engine's to give", async () => {
    const { services } = await environmentOf("shop/green");
    const hosts = [services.db?.address, services.vault?.address, "db.green.test"];

    const from = ["api", "db", "vault"];
    const seen = await Promise.all(from.map((service) => fetchEach(service, hosts)));

    assert.deepEqual(Object.assign({}, ...seen), Object.assign({}, ...from.map((service) => all(service, hosts, ""))));
  });

  test("a fixed address that the project gives on such a network is replaced by the one there", async () => {
    const { services } = await environmentOf("shop/blue");

    const value = await docker("exec", "cilo-shop-blue-vault-1", "sh", "-c", "echo $DB");

    assert.equal(value, services.db?.address);
  });

  test("a second up changes nothing", async () => {
    const ids = () => docker("ps", "--filter", "label=cilo.environment=blue", "--format", "{{.ID}} {{.Names}}");
    const before = await ids();

    await world.must("up", "shop/blue");

    assert.equal(await ids(), before);
  });

  test("compose run works beside services that are on several networks, and --scale too", async () => {
    const beside = ["compose", "shop/blue", "run", "--rm", "-T"];
    const fetch = ["timeout", "2", "wget", "-q", "-O", "-"];

    const [fromApi, fromVault] = await Promise.all([
      world.must(...beside, "api", ...fetch, "http://db.blue.test/"),
      world.must(...beside, "vault", ...fetch, "http://backend/"),
    ]);
    await world.must("compose", "shop/blue", "up", "--detach", "--scale", "vault=2", "vault");
    const scaled = await world.resolve("vault.blue.test");
    await world.must("up", "shop/blue");

    assert.deepEqual([fromApi, fromVault], ["db", "api"]);
    assert.equal(scaled.length, 2);
    for (const address of scaled) assert.match(address, /\.(19[2-9]|2\d\d)$/);
    assert.deepEqual(await world.resolve("vault.blue.test"), [
      (await environmentOf("shop/blue")).services.vault?.address,
    ]);
  });

  test("a container that was taken off one of them by hand is seen, and up puts it back", async () => {
    await docker("network", "disconnect", "cilo-shop-blue_back", "cilo-shop-blue-api-1");

    const { environment } = JSON.parse(await world.must("status", "shop/blue", "--json"));
    await world.must("up", "shop/blue");

    const api = environment.services.find(({ name }: { name: string }) => name === "api");
    assert.deepEqual([environment.status, api.status], ["degraded", "detached"]);
    assert.deepEqual(await fetchEach("api", ["db"]), all("api", ["db"], "db"));
  });

  test("up makes them anew when they were pruned while nothing ran", async () => {
    const { id, services } = await environmentOf("shop/blue");
    await world.must("compose", "shop/blue", "stop", "--timeout", "0");
    await docker("network", "prune", "--force", "--filter", `label=cilo.id=${id}`);
    const left = (await listObjects(`cilo.id=${id}`)).filter((object) => object.startsWith("network "));

    await world.must("up", "shop/blue");

    assert.deepEqual(left, []);
    assert.deepEqual((await environmentOf("shop/blue")).services.db?.address, services.db?.address);
    assert.deepEqual(await fetchEach("api", ["db"]), all("api", ["db"], "db"));
  });

  test("down removes them and keeps their subnets; one that others took meanwhile moves, the rest stays", async (t) => {
    const before = await environmentOf("shop/blue");
    const { back = "", safe = "" } = before.keptNetworks ?? {};

    await world.must("down", "shop/blue");
    const left = await listObjects(`cilo.id=${before.id}`);
    const taker = removeAfter(t, "network", `cilo-taker-${world.installation.slice(0, 8)}`);
    await docker("network", "create", "--subnet", back, taker);
    const { stderr } = await world.cilo(["up", "shop/blue"]);

    const after = await environmentOf("shop/blue");
    assert.deepEqual(left, []);
    assert.match(stderr, new RegExp(`${back} is used by others now; shop/blue has moved to 10\\.225\\.`));
    assert.deepEqual([after.subnet, after.keptNetworks?.safe], [before.subnet, safe]);
    assert.notEqual(after.keptNetworks?.back, back);
    assert.equal(after.services.db?.address?.split(".")[3], before.services.db?.address?.split(".")[3]);
    assert.deepEqual(await world.resolve("db.blue.test"), [after.services.db?.address]);
    assert.deepEqual(await fetchEach("api", ["db"]), all("api", ["db"], "db"));
  });

  test("a network of somebody else with such a name is a conflict that names it", async (t) => {
    await world.must("down", "shop/blue");
    const theirs = removeAfter(t, "network", "cilo-shop-blue_safe");
    await docker("network", "create", theirs);

    const { code, stderr } = await world.cilo(["up", "shop/blue"]);

    assert.equal(code, 4);
    assert.match(stderr, /network cilo-shop-blue_safe/);
    assert.ok((await docker("network", "ls", "--format", "{{.Name}}")).split("\n").includes(theirs));
  });

  test("compose up says that up has to make a network first, and stop does without it", async () => {
    const source = await world.write("later", compose);
    await world.must("create", "later/blue", "--from", source);
    const config = join((await world.must("path", "later/blue")).trim(), ".cilo/config.yml");
    await mkdir(join(config, ".."), { recursive: true });
    await writeFile(config, "networks: flatten\n");
    await world.must("up", "later/blue");
    await writeFile(config, "networks: preserve\n");

    const up = await world.cilo(["compose", "later/blue", "up", "-d"]);
    const stop = await world.cilo(["compose", "later/blue", "stop"]);

    assert.ok([3, 125].includes(up.code ?? 0), up.stderr);
    assert.match(up.stderr, /CILO_NETWORK_MISSING[\s\S]*cilo up later\/blue/);
    assert.equal(stop.code, 0, stop.stderr);
    await world.must("up", "later/blue");
    await world.must("destroy", "later/blue", "--force");
  });

  test("a running environment changes over, and back", async () => {
    const config = join((await world.must("path", "shop/green")).trim(), ".cilo/config.yml");
    await mkdir(join(config, ".."), { recursive: true });
    const { services, keptNetworks } = await environmentOf("shop/green");

    await writeFile(config, "networks: flatten\n");
    const flattened = await world.cilo(["up", "shop/green"]);
    const flat = await environmentOf("shop/green");
    const endpoints = Object.keys(await endpointsOf("cilo-shop-green-db-1"));
    await writeFile(config, "networks: preserve\n");
    await world.must("up", "shop/green");

    assert.match(flattened.stderr, /networks back, safe: internal has no effect/);
    assert.deepEqual(endpoints, ["cilo-shop-green_default"]);
    assert.equal(flat.services.db?.address?.split(".")[3], services.db?.address?.split(".")[3]);
    const again = await environmentOf("shop/green");
    assert.deepEqual([again.keptNetworks, again.services.db?.address], [keptNetworks, services.db?.address]);
    assert.deepEqual(await world.resolve("db.green.test"), [services.db?.address]);
    assert.deepEqual(Object.keys(await endpointsOf("cilo-shop-green-db-1")), ["cilo-shop-green_back"]);
  });

  test("a running environment whose network was away changes over to another subnet when its own was taken", async (t) => {
    const config = join((await world.must("path", "shop/green")).trim(), ".cilo/config.yml");
    const before = await environmentOf("shop/green");
    const { back = "", safe } = before.keptNetworks ?? {};
    await writeFile(config, "networks: flatten\n");
    await world.must("up", "shop/green");
    await docker("network", "prune", "--force", "--filter", `label=cilo.id=${before.id}`);
    const taker = removeAfter(t, "network", `cilo-taker-${world.installation.slice(0, 8)}`);
    await docker("network", "create", "--subnet", back, taker);
    await writeFile(config, "networks: preserve\n");

    const { code, stderr } = await world.cilo(["up", "shop/green"]);

    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`${back} is used by others now; shop/green has moved to 10\\.225\\.`));
    const after = await environmentOf("shop/green");
    assert.deepEqual([after.subnet, after.keptNetworks?.safe], [before.subnet, safe]);
    assert.notEqual(after.keptNetworks?.back, back);
    assert.deepEqual(await world.resolve("db.green.test"), [after.services.db?.address]);
    assert.equal(await fetchFrom("cilo-shop-green-api-1", "db"), "db");
    assert.ok(
      Object.values(await endpointsOf("cilo-shop-green-web-1")).every(
        ({ IPAddress }) => IPAddress === after.services.web?.address,
      ),
    );
  });

  test("destroy leaves nothing, and the subnets are free for the next", async () => {
    const { id } = await environmentOf("shop/green");
    const taken = Object.values((await environmentOf("shop/blue")).keptNetworks ?? {});
    const free = Array.from({ length: 4 }, (_, index) => `10.225.${index}.0/24`).filter(
      (cidr) => !taken.includes(cidr),
    );

    await world.must("destroy", "shop/green", "--force");
    await world.must("create", "shop/green", "--from", source);
    await world.must("up", "shop/green");

    assert.deepEqual(await listObjects(`cilo.id=${id}`), []);
    assert.deepEqual(Object.values((await environmentOf("shop/green")).keptNetworks ?? {}), free.slice(0, 2));
    await world.must("destroy", "shop/blue", "--force");
    await world.must("destroy", "shop/green", "--force");
    assert.deepEqual(await world.engineObjects(), []);
  });
});
