import assert from "node:assert/strict";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../src/base/wait.ts";
import { resolveEndpoint } from "../../../src/runtime/docker/endpoint.ts";
import { createDockerProvider } from "../../../src/runtime/docker/provider.ts";
import type { NetworkSpec, RuntimeProvider } from "../../../src/runtime/provider.ts";
import { ensureBusyboxImage, type TestImage } from "../../support/busybox-image.ts";
import { docker, engineSkip, removeAfter } from "../../support/engine.ts";
import { takeEngineTurn } from "../../support/engine-turn.ts";
import { startFakeEngine } from "../../support/fake-engine.ts";

const imageTag = "cilo-rt-busybox:provider";
const skip = await engineSkip();

function networkSpec(name: string, third: number): NetworkSpec {
  return {
    name,
    subnet: `10.221.${third}.0/24`,
    gateway: `10.221.${third}.1`,
    ipRange: `10.221.${third}.192/26`,
    internal: false,
    labels: { cilo: "true", "cilo.id": name },
  };
}

describe("the Docker provider on a real engine", { skip }, () => {
  let provider: RuntimeProvider;
  let image: TestImage;
  let endTurn: () => Promise<void>;
  before(async () => {
    endTurn = await takeEngineTurn();
    const { endpoint } = await resolveEndpoint({ env: process.env });
    provider = createDockerProvider({ endpoint, env: process.env });
    image = await ensureBusyboxImage(imageTag);
  });
  after(async () => {
    await provider[Symbol.asyncDispose]();
    await image.remove();
    await endTurn();
  });

  test("says who answers, as the docker program does", async () => {
    const facts = await provider.info();

    const shown = await docker("info", "--format", "{{.ID}}|{{.ServerVersion}}|{{.OperatingSystem}}");
    assert.equal([facts.id, facts.version, facts.operatingSystem].join("|"), shown);
    assert.equal(facts.endpoint, provider.endpoint);
  });

  test("creates a network as it is told, lists it by its labels and removes it", async (t) => {
    const spec = networkSpec(removeAfter(t, "network", "cilo-rt-plain"), 1);

    const created = await provider.createNetwork(spec);

    const ipam = await docker("network", "inspect", "--format", "{{.Driver}} {{json .IPAM.Config}}", spec.name);
    assert.equal(ipam, 'bridge [{"Subnet":"10.221.1.0/24","IPRange":"10.221.1.192/26","Gateway":"10.221.1.1"}]');
    assert.deepEqual(await provider.listNetworks({ cilo: "true", "cilo.id": spec.name }), [created]);
    assert.deepEqual(await provider.listNetworks({ "cilo.id": "cilo-rt-other" }), []);
    assert.ok((await provider.listNetworks({})).some(({ name }) => name === "bridge"));

    await provider.removeNetwork(created.id);
    await provider.removeNetwork(created.id);
    assert.deepEqual(await provider.listNetworks({ "cilo.id": spec.name }), []);
  });

  test("tells a subnet that is taken from other refusals", async (t) => {
    const spec = networkSpec(removeAfter(t, "network", "cilo-rt-first"), 2);
    await provider.createNetwork(spec);

    const createOverlapping = () =>
      provider.createNetwork({ ...spec, name: removeAfter(t, "network", "cilo-rt-second") });
    const createSameName = () => provider.createNetwork(networkSpec(spec.name, 3));

    await assert.rejects(createOverlapping, {
      code: "CILO_SUBNET_TAKEN",
      details: { name: "cilo-rt-second", subnet: spec.subnet },
    });
    await assert.rejects(createSameName, {
      code: "CILO_ENGINE_REQUEST_FAILED",
      message:
        /^the engine refused to create network cilo-rt-first .*: network with name cilo-rt-first already exists$/,
    });
  });

  test("does not remove a network that a container uses", async (t) => {
    const network = await provider.createNetwork(networkSpec(removeAfter(t, "network", "cilo-rt-used"), 4));
    const container = removeAfter(t, "container", "cilo-rt-user");
    await docker("run", "--detach", "--init", "--name", container, "--network", network.name, imageTag, "sleep", "600");

    await assert.rejects(provider.removeNetwork(network.id), { code: "CILO_ENGINE_REQUEST_FAILED" });

    await provider.removeContainer(container);
  });

  test("lists containers with state, health, addresses and labels", async (t) => {
    const network = await provider.createNetwork(networkSpec(removeAfter(t, "network", "cilo-rt-listed"), 5));
    const running = removeAfter(t, "container", "cilo-rt-running");
    const ended = removeAfter(t, "container", "cilo-rt-ended");
    const label = ["--label", "cilo.id=cilo-rt-listed"];
    const health = ["--health-cmd", "true", "--health-interval", "200ms"];
    await docker(
      "run",
      "--detach",
      "--init",
      ...label,
      ...health,
      "--name",
      running,
      "--network",
      network.name,
      "--ip",
      "10.221.5.10",
      imageTag,
      "sleep",
      "600",
    );
    await docker("run", ...label, "--name", ended, "--network", network.name, imageTag, "sh", "-c", "exit 3").catch(
      () => {},
    );

    const healthy = await waitFor(
      async () => {
        const containers = await provider.listContainers({ "cilo.id": "cilo-rt-listed" });
        return containers.some(({ health: state }) => state === "healthy") ? containers : null;
      },
      { timeoutMs: 20_000 },
    );

    assert.ok(healthy !== null, "never became healthy");
    const byName = Object.fromEntries(healthy.map((container) => [container.name, container]));
    assert.deepEqual(Object.keys(byName).sort(), [ended, running]);
    assert.deepEqual(byName[running], {
      id: await docker("inspect", "--format", "{{.Id}}", running),
      name: running,
      labels: { "cilo.id": "cilo-rt-listed" },
      state: "running",
      health: "healthy",
      exitCode: null,
      addresses: { [network.name]: "10.221.5.10" },
      networkIds: { [network.name]: network.id },
      image: imageTag,
      imageId: await docker("image", "inspect", imageTag, "--format", "{{.Id}}"),
    });
    assert.equal(byName[ended]?.state, "exited");
    assert.equal(byName[ended]?.exitCode, 3);
    assert.deepEqual(byName[ended]?.addresses, {});
    assert.deepEqual(byName[ended]?.networkIds, { [network.name]: network.id });

    const details = await provider.inspectContainer(running);
    const { volumes, anonymousVolumes, startedAt, restartCount, ...inspected } = details ?? {};
    assert.deepEqual(inspected, byName[running]);
    assert.deepEqual([volumes, anonymousVolumes, restartCount], [[], [], 0]);
    assert.ok(Date.now() - Date.parse(startedAt ?? "") < 60_000);
  });

  test("tells anonymous volumes from named ones and leaves both when it removes the container", async (t) => {
    const named = removeAfter(t, "volume", "cilo-rt-data");
    const container = removeAfter(t, "container", "cilo-rt-volumes");
    await docker("volume", "create", "--label", "cilo.id=cilo-rt-data", named);
    await docker("create", "--name", container, "--volume", `${named}:/data`, "--volume", "/cache", imageTag, "true");

    const details = await provider.inspectContainer(container);

    assert.equal(details?.state, "created");
    assert.equal(details?.exitCode, null);
    assert.equal(details?.anonymousVolumes.length, 1);
    const anonymous = removeAfter(t, "volume", details?.anonymousVolumes[0] ?? "");
    assert.deepEqual(details?.volumes.toSorted(), [anonymous, named].sort());

    await provider.removeContainer(container);
    assert.deepEqual(await provider.listVolumes({ "cilo.id": "cilo-rt-data" }), [
      { name: named, labels: { "cilo.id": "cilo-rt-data" } },
    ]);
    assert.ok((await provider.listVolumes({})).some(({ name }) => name === anonymous));

    for (const name of [anonymous, named]) {
      await provider.removeVolume(name);
      await provider.removeVolume(name);
    }
    const left = (await provider.listVolumes({})).map(({ name }) => name);
    assert.ok(!left.includes(anonymous) && !left.includes(named));
  });

  test("does not remove a volume that a container mounts", async (t) => {
    const volume = removeAfter(t, "volume", "cilo-rt-mounted");
    const container = removeAfter(t, "container", "cilo-rt-mounter");
    await docker("create", "--name", container, "--volume", `${volume}:/data`, imageTag, "true");

    await assert.rejects(provider.removeVolume(volume), { code: "CILO_ENGINE_REQUEST_FAILED" });

    await provider.removeContainer(container);
    await provider.removeVolume(volume);
  });

  test("removes a running container, also when others remove it at the same time", async (t) => {
    const container = removeAfter(t, "container", "cilo-rt-raced");
    await docker("run", "--detach", "--name", container, imageTag, "sleep", "600");

    await Promise.all([1, 2, 3, 4].map(() => provider.removeContainer(container)));

    assert.equal(await provider.inspectContainer(container), null);
    await provider.removeContainer(container);
  });

  for (const tty of [false, true]) {
    test(`gives the last lines of a log ${tty ? "with" : "without"} a terminal`, async (t) => {
      const container = removeAfter(t, "container", `cilo-rt-log-${tty}`);
      const script = "echo one; echo two >&2; echo drei ä; sleep 0.1; echo four >&2";
      await docker("run", ...(tty ? ["--tty"] : []), "--name", container, imageTag, "sh", "-c", script);

      const all = await provider.containerLogs(container, 100);
      const last = await provider.containerLogs(container, 1);

      const lines = all.replaceAll("\r\n", "\n").trimEnd().split("\n");
      assert.deepEqual(lines.toSorted(), ["drei ä", "four", "one", "two"]);
      assert.equal(last.trim(), "four");
    });
  }

  test("says so when the container of a log is gone", async () => {
    await assert.rejects(
      provider.containerLogs("cilo-rt-none", 5),
      /the log of container cilo-rt-none: there is no such container/,
    );
  });

  test("lists images by label and removes them", async (t) => {
    const tag = removeAfter(t, "image", "cilo-rt-built:latest");
    const container = removeAfter(t, "container", "cilo-rt-committed");
    await docker("create", "--name", container, imageTag, "true");
    await docker("commit", "--change", "LABEL cilo.id=cilo-rt-built", container, tag);

    const images = await provider.listImages({ "cilo.id": "cilo-rt-built" });

    const id = await docker("image", "inspect", "--format", "{{.Id}}", tag);
    const sizeBytes = Number(await docker("image", "inspect", "--format", "{{.Size}}", tag));
    assert.deepEqual(images, [{ id, tags: [tag], labels: { "cilo.id": "cilo-rt-built" }, sizeBytes }]);
    // What the container ran, as for whatever is committed.
    assert.equal((await provider.imageOrigin(id))?.createdBy, "true");
    await provider.removeImage(id);
    await provider.removeImage(id);
    assert.equal(await provider.imageOrigin(id), null);
    assert.deepEqual(await provider.listImages({ "cilo.id": "cilo-rt-built" }), []);
  });
});

describe("Docker Compose through the provider", { skip }, () => {
  let folder: string;
  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "cilo-rt-compose-")));
    const services = { web: { image: "cilo-rt-none", environment: { HERE: "$" + "{PWD}" } } };
    await writeFile(join(folder, "compose.yaml"), JSON.stringify({ services }));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function provide(env: NodeJS.ProcessEnv = process.env): Promise<RuntimeProvider> {
    const { endpoint } = await resolveEndpoint({ env: process.env });
    return createDockerProvider({ endpoint, env });
  }

  test("has a version of three numbers", async () => {
    await using provider = await provide();

    assert.match(await provider.composeVersion(), /^\d+\.\d+\.\d+$/);
  });

  test("runs in the given directory, with PWD saying the same", async () => {
    await using provider = await provide();

    const result = await provider.compose({ args: ["config", "--format", "json"], cwd: folder });

    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(JSON.parse(result.stdout).services.web.environment.HERE, folder);
  });

  test("keeps the shell's project name and engine out", async () => {
    const env = { ...process.env, COMPOSE_PROJECT_NAME: "cilo-rt-wrong", DOCKER_HOST: "tcp://127.0.0.1:1" };
    await using provider = await provide(env);

    const config = await provider.compose({ args: ["config", "--format", "json"], cwd: folder });
    const list = await provider.compose({ args: ["ps", "--format", "json"], cwd: folder });

    assert.notEqual(JSON.parse(config.stdout).name, "cilo-rt-wrong");
    assert.equal(list.exitCode, 0, list.stderr);
  });

  test("hands on a failure without throwing", async () => {
    await using provider = await provide();

    const result = await provider.compose({ args: ["--file", "none.yaml", "config"], cwd: folder });

    assert.notEqual(result.exitCode, 0);
    assert.match(result.stderr, /none\.yaml/);
  });

  test("tells a missing directory from a missing Compose", async () => {
    await using provider = await provide();

    const run = provider.compose({ args: ["config"], cwd: join(folder, "gone") });

    await assert.rejects(run, { code: "CILO_COMPOSE_FAILED" });
  });
});

describe("the Docker provider without an engine", () => {
  const endpoint = "unix:///nonexistent/engine.sock";

  test("says from every call which engine cannot be reached", async () => {
    await using provider = createDockerProvider({ endpoint, env: {} });
    const calls = [
      () => provider.info(),
      () => provider.listContainers({}),
      () => provider.inspectContainer("c"),
      () => provider.containerLogs("c", 1),
      () => provider.createNetwork(networkSpec("cilo-rt-none", 9)),
      () => provider.removeNetwork("n"),
      () => provider.removeContainer("c"),
      () => provider.removeVolume("v"),
      () => provider.removeImage("i"),
    ];

    for (const call of calls) {
      await assert.rejects(call(), {
        code: "CILO_ENGINE_UNREACHABLE",
        message: `cannot reach the engine at ${endpoint}: there is no such socket`,
      });
    }
  });

  test("talks to the endpoint it was made for, whatever DOCKER_HOST says", async (t) => {
    const before = process.env.DOCKER_HOST;
    t.after(() => {
      if (before === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = before;
    });
    process.env.DOCKER_HOST = "tcp://127.0.0.1:1";
    const asked: string[] = [];
    await using engine = await startFakeEngine((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.statusCode = 204;
      response.end();
    });
    await using provider = createDockerProvider({ endpoint: engine.endpoint, env: process.env });

    await provider.removeNetwork("n1");

    assert.deepEqual(asked, ["DELETE /networks/n1"]);
  });

  test("refuses an endpoint of a kind it cannot use", async () => {
    await using provider = createDockerProvider({ endpoint: "ssh://build.example.org", env: {} });

    await assert.rejects(provider.info(), { code: "CILO_ENGINE_UNSUPPORTED" });
  });
});
