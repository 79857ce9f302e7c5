import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../src/base/wait.ts";
import { resolveEndpoint } from "../../../src/runtime/docker/endpoint.ts";
import { createDockerProvider } from "../../../src/runtime/docker/provider.ts";
import type { RuntimeProvider } from "../../../src/runtime/provider.ts";
import { ensureBusyboxImage, type TestImage } from "../../support/busybox-image.ts";
import { docker, engineSkip, removeAfter } from "../../support/engine.ts";
import { takeEngineTurn } from "../../support/engine-turn.ts";

const skip = await engineSkip();
const tag = `cilo-probing-${process.pid}`;
const never = new AbortController().signal;

describe("probing from inside containers", { skip }, () => {
  let image: TestImage;
  let engine: RuntimeProvider;
  let id: string;
  let endTurn: () => Promise<void>;
  before(async () => {
    endTurn = await takeEngineTurn();
    image = await ensureBusyboxImage(tag);
    const { endpoint } = await resolveEndpoint({ env: process.env });
    engine = createDockerProvider({ endpoint, env: process.env });
    id = await docker("container", "run", "--detach", "--init", "--name", tag, tag, "httpd", "-f", "-p", "8080");
  });
  after(async () => {
    await docker("container", "rm", "--force", "--volumes", tag);
    await engine[Symbol.asyncDispose]();
    await image.remove();
    await endTurn();
  });

  test("a program's output and exit code come back", async () => {
    const result = await engine.probing.execute(id, {
      command: ["sh", "-c", 'echo "$GREETING"; echo problem >&2; exit 3'],
      env: { GREETING: "hello" },
      timeoutMs: 30_000,
      signal: never,
    });

    assert.deepEqual(
      { ...result, output: result.output.trim().split("\n").sort() },
      { exitCode: 3, output: ["hello", "problem"], timedOut: false, refusal: null },
    );
  });

  test("a program that is not there is no success and no exception", async () => {
    const result = await engine.probing.execute(id, { command: ["no-such-program"], timeoutMs: 30_000, signal: never });

    assert.ok(result.refusal !== null || (result.exitCode ?? 0) >= 126, JSON.stringify(result));
  });

  test("one that takes too long is left alone, with what it had written", async () => {
    const command = ["sh", "-c", "echo begun; sleep 3"];

    const result = await engine.probing.execute(id, { command, timeoutMs: 1_500, signal: never });

    assert.equal(result.timedOut, true);
    assert.equal(result.exitCode, null);
  });

  test("an interruption is thrown", async () => {
    const work = engine.probing.execute(id, {
      command: ["sleep", "3"],
      timeoutMs: 30_000,
      signal: AbortSignal.timeout(200),
    });

    await assert.rejects(work, { name: "TimeoutError" });
  });

  test("a container that is gone refuses", async () => {
    const result = await engine.probing.execute("0123456789ab", {
      command: ["true"],
      timeoutMs: 30_000,
      signal: never,
    });

    assert.notEqual(result.refusal, null);
  });

  test("a probe container is in the other's network namespace, has its labels and is removed whole", async () => {
    const command = ["sh", "-c", "exec sleep 60"];
    const started = await engine.probing.startProbeContainer({
      image: tag,
      joins: id,
      command,
      labels: { "cilo.probe": "x" },
    });
    assert.ok("id" in started);

    const setup = await engine.probing.inspectSetup(started.id);
    const page = await engine.probing.execute(started.id, {
      command: ["nc", "-w", "2", "127.0.0.1", "8080", "-e", "true"],
      timeoutMs: 30_000,
      signal: never,
    });
    await engine.probing.removeProbeContainer(started.id);
    await engine.probing.removeProbeContainer(started.id);

    assert.deepEqual([setup?.networkMode, setup?.labels["cilo.probe"]], [`container:${id}`, "x"]);
    assert.equal(page.exitCode, 0);
    assert.equal(await engine.probing.inspectSetup(started.id), null);
  });

  test("of a probe container that cannot start nothing is left", async () => {
    const labels = { "cilo.probe": tag };

    const started = await engine.probing.startProbeContainer({
      image: tag,
      joins: id,
      command: ["no-such-program"],
      labels,
    });

    assert.ok("refusal" in started);
    assert.deepEqual(await engine.listContainers(labels), []);
  });

  test("one ends by itself and is gone, whatever became of who made it", async () => {
    const labels = { "cilo.probe": `${tag}-short` };

    await engine.probing.startProbeContainer({ image: tag, joins: id, command: ["sleep", "0"], labels });

    const gone = await waitFor(async () => ((await engine.listContainers(labels)).length === 0 ? true : null), {
      timeoutMs: 30_000,
    });
    assert.equal(gone, true);
  });

  test("it says where it keeps everything, and each volume", async (t) => {
    const volume = removeAfter(t, "volume", `${tag}-storage`);
    await docker("volume", "create", "--label", "cilo.id=e1", volume);

    const { dataRoot, volumes } = await engine.probing.storage();

    assert.equal(dataRoot, await docker("info", "--format", "{{.DockerRootDir}}"));
    assert.deepEqual(volumes.get(volume), {
      labels: { "cilo.id": "e1" },
      mountpoint: await docker("volume", "inspect", volume, "--format", "{{.Mountpoint}}"),
      device: null,
    });
  });

  test("an image is found by its name, or not", async () => {
    assert.match((await engine.probing.findImage(tag)) ?? "", /^sha256:/);
    assert.equal(await engine.probing.findImage("no-such-image"), null);
  });
});
