import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../src/base/wait.ts";
import type { IsolationReport } from "../../src/controller/verify-isolation.ts";
import { importBareImage } from "../support/bare-image.ts";
import { docker, engineSkip, removeAfter } from "../support/engine.ts";
import { createWorld, eventually, type World } from "../support/world.ts";

const skip = await engineSkip();
const program = fileURLToPath(new URL("../../bin/cilo.cjs", import.meta.url));

/** A service that listens, one that answers no HTTP, and one that listens nowhere. */
const shop = `services:
  web: { image: IMAGE, command: [httpd, -f, -p, "80"], init: true }
  db: { image: IMAGE, command: [nc, -ll, -p, "6379", -e, cat], init: true }
  worker: { image: IMAGE, command: [sleep, "100000"], init: true }
`;

describe("cilo verify", { skip }, () => {
  let world: World;
  let bare: string;
  before(async () => {
    world = await createWorld();
    bare = `${world.image}-bare`;
    await importBareImage(bare);
    const sources = {
      shop: await world.write("shop", shop),
      bare: await world.write("bare", `services: { web: { image: ${bare}, stop_signal: SIGKILL } }\n`),
      mixed: await world.write(
        "mixed",
        `services:
  web: { image: ${bare}, stop_signal: SIGKILL }
  tool: { image: IMAGE, command: [sleep, "100000"], init: true }
`,
      ),
    };
    const pairs = Object.entries(sources).flatMap(([project, source]) =>
      ["blue", "green"].map((name) => ({ key: `${project}/${name}`, source })),
    );
    const red = world.must("create", "shop/red", "--from", sources.shop);
    const ups = pairs.map(async ({ key, source }) => {
      await world.must("create", key, "--from", source);
      await world.must("up", key);
    });
    await Promise.all([red, ...ups]);
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    await docker("image", "rm", "--force", bare);
  });

  test("two copies of a project are proven isolated, from inside every container of both", async () => {
    const before = await world.engineObjects();

    const { code, report } = await verify(world, "shop/blue", "shop/green");

    assert.equal(code, 0, JSON.stringify(report.checks.filter(({ status }) => status !== "ok")));
    assert.equal(report.isolated, true);
    assert.deepEqual(
      report.checks.map(({ name, from }) => (from === null ? name : `${name} from ${from}`)),
      [
        "services",
        "networks",
        "published-ports",
        "volumes",
        "binds",
        "namespaces",
        "connections from shop/blue",
        "names from shop/blue",
        "connections from shop/green",
        "names from shop/green",
      ],
    );
    const { probes } = report;
    assert.deepEqual([probes.arrived, probes.unproven, probes.keptOut], [0, 0, probes.total]);
    for (const from of ["web", "db", "worker"]) {
      const connections = probes.connections.filter((probe) => probe.from === `cilo-shop-blue-${from}-1`);
      assert.deepEqual(
        connections.map(({ to, port, control }) => [to.split("-")[3], port, control]).sort(),
        [
          ["db", 6379, "open"],
          ["web", 80, "open"],
          ["worker", 9, "refused"],
        ],
        from,
      );
    }
    assert.ok(probes.lookups.some(({ name }) => name === "web.cilo-shop-green_default"));
    assert.ok(
      probes.places.every(({ connect, lookup }) => connect?.via === "container" && lookup?.via === "container"),
    );
    assert.deepEqual(await world.engineObjects(), before);
  });

  test("it tells people what it did and gives the verdict last", async () => {
    const { code, stdout, stderr } = await world.cilo(["verify", "mixed/blue", "shop/green"]);

    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^ok +connections mixed\/blue -> shop\/green +6 connections to 3 ports from 2 containers$/m);
    assert.match(stdout, /\nmixed\/blue and shop\/green are isolated: \d+ probes, none arrived$/);
    assert.match(stderr, /probe from inside 2 containers of mixed\/blue and 3 containers of shop\/green/);
  });

  test("a container that was put on the other's network is found by the engine's word, by connections and by names", async (t) => {
    await docker("network", "connect", "cilo-shop-green_default", "cilo-shop-blue-web-1");
    t.after(() => docker("network", "disconnect", "cilo-shop-green_default", "cilo-shop-blue-web-1"));

    const { code, report } = await verify(world, "shop/blue", "shop/green");

    assert.equal(code, 1);
    assert.equal(report.isolated, false);
    assert.deepEqual(failed(report), ["connections", "connections", "names", "names", "networks"]);
    assert.deepEqual(findingsOf(report, "networks"), [
      "container cilo-shop-blue-web-1 of shop/blue is on network cilo-shop-green_default, which is shop/green's",
    ]);
    const arrived = report.probes.connections.filter(({ verdict }) => verdict === "arrived");
    assert.ok(arrived.some(({ from, to }) => from === "cilo-shop-blue-web-1" && to === "cilo-shop-green-db-1"));
    assert.ok(arrived.every(({ from, to }) => [from, to].includes("cilo-shop-blue-web-1")));
  });

  test("a volume that both mount is found, unless neither can write to it", async (t) => {
    const volume = removeAfter(t, "volume", `${world.image}-shared`);
    const readable = ["--volume", `${volume}:/data:ro`];
    await docker("volume", "create", volume);
    await Promise.all([
      runAsMember(t, world, { environment: "shop/blue", name: "writer", options: ["--volume", `${volume}:/data`] }),
      runAsMember(t, world, { environment: "shop/green", name: "reader", options: readable }),
      runAsMember(t, world, { environment: "bare/blue", name: "reader-blue", options: readable }),
      runAsMember(t, world, { environment: "bare/green", name: "reader-green", options: readable }),
    ]);

    const [written, onlyRead] = await Promise.all([
      verify(world, "shop/blue", "shop/green"),
      verify(world, "bare/blue", "bare/green"),
    ]);

    assert.deepEqual([written.code, failed(written.report)], [1, ["volumes"]]);
    assert.match(findingsOf(written.report, "volumes").join(), new RegExp(`volume ${volume} is mounted in shop/blue`));
    assert.deepEqual([onlyRead.code, failed(onlyRead.report)], [0, []]);
  });

  test("a directory of the machine that is in both is found, and so is the engine's socket in one", async (t) => {
    const directory = join(world.directory, "shared");
    await mkdir(join(directory, "inner"), { recursive: true });
    // /var/run is a link itself on most machines.
    const socket = await realpath((process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock").replace("unix://", ""));
    const [outer, inner] = await Promise.all([
      runAsMember(t, world, {
        environment: "shop/blue",
        name: "outer",
        options: ["--volume", `${directory}:/data`, "--volume", `${socket}:/engine.sock:ro`],
      }),
      runAsMember(t, world, {
        environment: "shop/green",
        name: "inner",
        options: ["--volume", `${directory}/inner:/data:ro`],
      }),
    ]);

    const { code, report } = await verify(world, "shop/blue", "shop/green");

    assert.deepEqual([code, failed(report)], [1, ["binds"]]);
    const [first = "", second = ""] = findingsOf(report, "binds");
    assert.match(first, new RegExp(`${outer} of shop/blue has the engine's socket`));
    assert.match(
      second,
      new RegExp(
        `shared/inner of this machine is in container ${outer} of shop/blue \\(in .*shared\\) and in ${inner} of shop/green`,
      ),
    );
  });

  test("what is shared by another name is found: through links, as a volume's directory, and in the other's workspace", async (t) => {
    const environment = "shop/blue";
    const at = (path: string) => join(world.directory, path);
    const workspace = (await world.must("path", "shop/green", "--root")).trim();
    // /var/run is a link itself on most machines.
    const socket = await realpath((process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock").replace("unix://", ""));
    await mkdir(at("real/sub"), { recursive: true });
    await Promise.all([symlink(socket, at("link.sock")), symlink("real", at("link"))]);
    const volume = async (name: string, ...options: string[]) => {
      const volume = removeAfter(t, "volume", nameOf(world, name));
      await docker("volume", "create", ...options.flatMap((option) => ["--opt", option]), volume);
      return volume;
    };
    const data = await volume("data");
    const bound = await volume("bound", "type=none", "o=bind", `device=${at("real")}/`);
    const inner = await volume("inner", "type=none", "o=bind", `device=${at("link")}/sub`);
    const mountpoint = await docker("volume", "inspect", data, "--format", "{{.Mountpoint}}");
    const dataRoot = await docker("info", "--format", "{{.DockerRootDir}}");
    const mount = (source: string) => ["--volume", `${source}:/mnt/${randomUUID()}`];
    const options = [mountpoint, at("link"), at("link.sock"), workspace, dataRoot, bound].flatMap(mount);
    const [name] = await Promise.all([
      runAsMember(t, world, { environment, name: "many", options }),
      runAsMember(t, world, { environment: "shop/green", name: "own", options: [data, inner].flatMap(mount) }),
    ]);

    const { code, report } = await verify(world, "shop/blue", "shop/green");

    assert.deepEqual([code, failed(report)], [1, ["binds", "volumes"]]);
    const binds = findingsOf(report, "binds");
    for (const text of [
      `container ${name} of shop/blue has the engine's socket (${at("link.sock")}, which is ${socket})`,
      `container ${name} of shop/blue has files of the workspace of shop/green (${workspace})`,
      `container ${name} of shop/blue has data of the engine (${dataRoot})`,
      `${mountpoint} of this machine is in container ${name} of shop/blue and in`,
      `${at("real/sub")} of this machine is in container ${name} of shop/blue (in ${at("link")}) and in`,
    ]) {
      assert.ok(
        binds.some((message) => message.startsWith(text)),
        `${text}\n${binds.join("\n")}`,
      );
    }
    assert.match(findingsOf(report, "volumes").join(), new RegExp(`volumes ${bound} and ${inner} stand for places`));
  });

  test("a published port, the machine's namespaces and another's container's are found", async (t) => {
    const environment = "shop/blue";
    const [published, host, guest] = await Promise.all([
      runAsMember(t, world, { environment, name: "published", options: ["--publish", "127.0.0.1::80"] }),
      runAsMember(t, world, { environment, name: "host", network: "host", options: ["--pid", "host"] }),
      runAsMember(t, world, { environment, name: "guest", network: "container:cilo-shop-green-web-1" }),
    ]);

    const { code, report } = await verify(world, "shop/blue", "shop/green");

    assert.equal(code, 1);
    assert.match(
      findingsOf(report, "published-ports").join(),
      new RegExp(`${published} of shop/blue publishes 127\\.0\\.0\\.1:\\d+->80/tcp`),
    );
    const namespaces = findingsOf(report, "namespaces");
    assert.equal(namespaces.length, 3);
    for (const [index, text] of [
      `container ${guest} of shop/blue has network_mode: container:cilo-shop-green-web-1, which is shop/green's`,
      `container ${host} of shop/blue has network_mode: host: `,
      `container ${host} of shop/blue has pid: host: `,
    ].entries()) {
      assert.ok(namespaces[index]?.startsWith(text), namespaces[index]);
    }
  });

  test("containers without a shell are probed from beside them, with an image of the environments that can", async () => {
    const { code, report } = await verify(world, "mixed/blue", "mixed/green");

    assert.equal(code, 0, JSON.stringify(report.checks.filter(({ status }) => status !== "ok")));
    const web = report.probes.places.filter(({ container }) => container.endsWith("-web-1"));
    assert.deepEqual(
      web.map(({ connect, lookup }) => [connect?.via, lookup?.via]),
      [
        ["probe-container", "probe-container"],
        ["probe-container", "probe-container"],
      ],
    );
    assert.ok(
      report.probes.connections.some(
        ({ from, port, verdict }) => from === "cilo-mixed-blue-web-1" && port === 80 && verdict === "kept-out",
      ),
    );
    assert.deepEqual(await probeContainers(world), []);
  });

  test("where nothing can probe, nothing is claimed; an image that is named proves it", async () => {
    const [unproven, proven] = await Promise.all([
      verify(world, "bare/blue", "bare/green"),
      verify(world, "bare/blue", "bare/green", "--image", world.image),
    ]);

    assert.deepEqual([unproven.code, unproven.report.isolated, failed(unproven.report)], [1, false, []]);
    assert.equal(unproven.report.probes.total, 0);
    assert.match(findingsOf(unproven.report, "connections").join(), /no image has a program that opens connections/);
    assert.deepEqual([proven.code, proven.report.isolated], [0, true]);
    assert.ok(proven.report.probes.places.every(({ connect }) => connect?.via === "probe-container"));
    assert.deepEqual(await probeContainers(world), []);
  });

  test("a leak shows through probe containers as well", async (t) => {
    await docker("network", "connect", "cilo-bare-green_default", "cilo-bare-blue-web-1");
    t.after(() => docker("network", "disconnect", "cilo-bare-green_default", "cilo-bare-blue-web-1"));

    const { code, report } = await verify(world, "bare/blue", "bare/green", "--image", world.image);

    assert.equal(code, 1);
    assert.deepEqual(failed(report), ["connections", "connections", "names", "names", "networks"]);
  });

  test("a container that is started again while it is probed leaves isolation unproven", async () => {
    const verifying = verify(world, "bare/blue", "bare/green", "--image", world.image);
    const isProbing = await eventually(async () => (await probeContainers(world)).length > 0, 60_000);

    await docker("container", "restart", "--time", "0", "cilo-bare-green-web-1");

    const { code, report } = await verifying;
    assert.ok(isProbing);
    assert.deepEqual([code, report.isolated, failed(report)], [1, false, []]);
    for (const name of ["connections", "names"]) {
      assert.match(
        findingsOf(report, name).join(),
        /container cilo-bare-green-web-1 of bare\/green (started again|ended) while the environments were probed/,
      );
    }
  });

  test("of what is down or off its network nothing is claimed, and it is named", async (t) => {
    const [network, web, tool] = ["cilo-mixed-blue_default", "cilo-mixed-blue-web-1", "cilo-mixed-green-tool-1"];
    t.after(async () => {
      await docker("network", "connect", "--alias", "web", network, web);
      await docker("container", "start", tool);
    });
    await docker("network", "disconnect", network, web);
    await docker("container", "kill", tool);

    const { code, stdout } = await world.cilo(["verify", "mixed/blue", "mixed/green"]);

    assert.equal(code, 1, stdout);
    for (const text of [
      `service web of mixed/blue was not probed: ${web} runs and is on no network`,
      `service tool of mixed/green was not probed: ${tool} ended with exit code 137`,
      "mixed/blue and mixed/green are not proven to be isolated",
    ]) {
      assert.ok(stdout.includes(text), stdout);
    }
  });

  test("an interruption leaves no probe container, and while there is one it is no service", async () => {
    const child = spawn(process.execPath, [program, "verify", "bare/blue", "bare/green", "--image", world.image], {
      env: { ...process.env, CILO_HOME: world.home, NO_COLOR: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    const found = await waitFor(async () => (await probeContainers(world)).at(0) ?? null, {
      timeoutMs: 60_000,
      intervalMs: 20,
    });
    const { environment } = JSON.parse(await world.must("status", "bare/blue", "--json"));

    child.kill("SIGINT");
    const [code] = await ended;

    assert.ok(found);
    assert.deepEqual(
      environment.services.map(({ name, status }: { name: string; status: string }) => [name, status]),
      [["web", "running"]],
    );
    assert.equal(code, 130);
    assert.deepEqual(await probeContainers(world), []);
  });

  test("what a killed run left is removed by the next one, once no run can be using it", async (t) => {
    const labels = (inUseUntil: string) => [
      "--label",
      `cilo.installation=${world.installation}`,
      "--label",
      `cilo.probe=${inUseUntil}`,
    ];
    const stale = removeAfter(t, "container", nameOf(world, "stale"));
    const inUse = removeAfter(t, "container", nameOf(world, "in-use"));
    await docker("container", "create", "--name", stale, ...labels("2020-01-01T00:00:00.000Z"), world.image);
    await docker("container", "create", "--name", inUse, ...labels("2999-01-01T00:00:00.000Z"), world.image);

    await verify(world, "shop/blue", "shop/green");

    assert.deepEqual(await probeContainers(world), [inUse]);
  });

  for (const [what, args, code, message] of [
    ["an environment and itself", ["shop/blue", "blue", "--project", "shop"], 2, /cannot be isolated from itself/],
    [
      "an environment that is down",
      ["shop/blue", "shop/red"],
      3,
      /nothing of shop\/red runs.*CILO_ENVIRONMENT_NOT_RUNNING/,
    ],
    ["an environment that is not there", ["shop/blue", "shop/white"], 2, /there is no environment "shop\/white"/],
    [
      "an image that is not there",
      ["shop/blue", "shop/green", "--image", "no-such-image"],
      2,
      /has no image "no-such-image"/,
    ],
    ...["-f", "", "../../x", "a b"].map(
      (image) =>
        [
          `the image ${JSON.stringify(image)}`,
          ["shop/blue", "shop/green", `--image=${image}`],
          2,
          /is no name of an image to probe with.*CILO_USAGE/,
        ] as const,
    ),
  ] as const) {
    test(`${what} is refused`, async () => {
      const result = await world.cilo(["verify", ...args]);

      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, message);
    });
  }
});

async function verify(world: World, ...args: string[]): Promise<{ code: number | null; report: IsolationReport }> {
  const { code, stdout, stderr } = await world.cilo(["verify", ...args, "--json"]);
  assert.notEqual(stdout, "", stderr);
  return { code, report: JSON.parse(stdout) };
}

/** Names of the checks that failed, sorted. */
function failed({ checks }: IsolationReport): string[] {
  return checks
    .filter(({ status }) => status === "failed")
    .map(({ name }) => name)
    .sort();
}

function findingsOf({ checks }: IsolationReport, name: string): string[] {
  return checks
    .filter((check) => check.name === name)
    .flatMap(({ findings }) => findings.map(({ message }) => message));
}

/** A name for a container that no other world's has. */
function nameOf({ image }: World, name: string): string {
  return `${image}-${name}`;
}

/**
 * Runs a container that has all the labels of one of an environment's, but what cilo would not let it have.
 * @returns its name.
 */
async function runAsMember(
  t: Parameters<typeof removeAfter>[0],
  world: World,
  member: { environment: string; name: string; network?: string; options?: readonly string[] },
): Promise<string> {
  const { hosts } = await world.state();
  const environment = hosts.local.environments[member.environment];
  assert.ok(environment);
  const { id, composeProject } = environment;
  const labels = {
    "cilo.installation": world.installation,
    "cilo.id": id,
    "com.docker.compose.project": composeProject,
    "com.docker.compose.config-hash": "0",
  };
  const name = removeAfter(t, "container", nameOf(world, member.name));
  await docker(
    ...["container", "run", "--detach", "--init", "--name", name],
    ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...["--network", member.network ?? `${composeProject}_default`, ...(member.options ?? [])],
    ...[world.image, "sleep", "100000"],
  );
  return name;
}

async function probeContainers(world: World): Promise<string[]> {
  const filters = [`label=cilo.installation=${world.installation}`, "label=cilo.probe"].flatMap((text) => [
    "--filter",
    text,
  ]);
  const names = await docker("container", "ls", "--all", ...filters, "--format", "{{.Names}}");
  return names.split("\n").filter((name) => name !== "");
}
