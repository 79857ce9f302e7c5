import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../src/base/wait.ts";
import { isSuspended } from "../../src/state/suspension.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { type Faults, toFaultVariables } from "../support/faults.ts";
import { typeCilo } from "../support/typed-cilo.ts";
import { createWorld, type World } from "../support/world.ts";

const skip = await engineSkip();

const compose = `
services:
  web:
    image: IMAGE
    command: [httpd, -f, -p, "80"]
    stop_signal: SIGKILL
    volumes: [data:/data]
volumes:
  data:
`;

describe("a command that is repeated", { skip }, () => {
  let world: World;
  let source: string;
  before(async () => {
    world = await createWorld();
    source = await world.write("again", compose);
    await world.must("create", "again/one", "--from", source);
  });
  after(() => world[Symbol.asyncDispose]());

  /** Runs a command that is killed at a fault point. */
  async function cut(point: string, ...args: string[]): Promise<void> {
    const faults: Faults = { at: { point, passing: 1, signal: "SIGKILL" } };
    const { code, stderr } = await world.cilo(args, { env: toFaultVariables(faults) });
    assert.equal(code, null, `it was not cut off: ${stderr}`);
  }

  test("down of what was never up says so", async () => {
    const { code, stdout } = await world.cilo(["down", "again/one"]);

    assert.deepEqual([code, stdout], [0, "again/one is down already"]);
  });

  test("up of what runs unchanged says so, and leaves it as it is", async () => {
    const first = await world.must("up", "again/one");
    const container = await docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "cilo-again-one-web-1");

    const second = await world.must("up", "again/one");

    assert.match(first, /^again\/one is up\n/);
    assert.match(second, /^again\/one is up already\n/);
    assert.equal(
      await docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "cilo-again-one-web-1"),
      container,
    );
  });

  test("up of what had stopped says that it is up, not that it was", async () => {
    await docker("stop", "cilo-again-one-web-1");

    assert.match(await world.must("up", "again/one"), /^again\/one is up\n/);
    assert.match(await world.must("up", "again/one", "--recreate"), /^again\/one is up\n/);
  });

  test("down of what is down says so", async () => {
    const first = await world.cilo(["down", "again/one"]);
    const second = await world.cilo(["down", "again/one"]);

    assert.deepEqual([first.code, first.stdout], [0, "again/one is down"]);
    assert.deepEqual([second.code, second.stdout], [0, "again/one is down already"]);
    assert.match(second.stderr, /nothing of again\/one runs/);
  });

  test("create of what is there is refused with the way on", async () => {
    const { code, stderr } = await world.cilo(["create", "again/one", "--from", source]);

    assert.equal(code, 4);
    assert.match(stderr, /again\/one exists already \(stopped\) .*\nhint: start it with "cilo up again\/one"/);
  });

  test("create after one that was cut off just works, and says what it found", async () => {
    await cut("copy.tree-copied", "create", "again/two", "--from", source);

    const { code, stdout, stderr } = await world.cilo(["create", "again/two", "--from", source]);

    assert.equal(code, 0, stderr);
    assert.match(stdout, /created +again\/two/);
    assert.match(stderr, /removing what an interrupted creation of again\/two left/);
  });

  test("create of what is being created says by whom", async () => {
    const faults: Faults = { at: { point: "copy.tree-copied", passing: 1, signal: "SIGSTOP" } };
    using first = typeCilo(world, ["create", "again/three", "--from", source], { faults });
    await first.until("pid");
    assert.ok(await waitFor(async () => (await isSuspended(first.pid)) || null, { timeoutMs: 20_000 }));

    const { code, stderr } = await world.cilo(["create", "again/three", "--from", source]);
    first.kill("SIGCONT");

    assert.equal(code, 4);
    assert.match(
      stderr,
      new RegExp(`again/three is being created \\(pid ${first.pid}, since .*\nhint: see "cilo status`),
    );
    assert.equal(await first.ended, 0, first.said());
  });

  test("destroy of what is gone half is finished, and of what is gone is not found", async () => {
    await world.must("up", "again/two");
    await cut("destroy.volume-removed", "destroy", "again/two", "--force");
    const up = await world.cilo(["up", "again/two"]);

    const again = await world.cilo(["destroy", "again/two", "--force"]);
    const gone = await world.cilo(["destroy", "again/two", "--force"]);

    assert.equal(up.code, 4);
    assert.match(up.stderr, /an earlier "destroy" \(pid \d+\) ended in the middle, at "remove-volumes"/);
    assert.match(
      up.stderr,
      /the destruction of again\/two was begun and not finished .*\nhint: finish it with "cilo destroy/,
    );
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual([gone.code, gone.stdout], [2, ""]);
    assert.match(gone.stderr, /\[CILO_ENVIRONMENT_NOT_FOUND\]/);
    assert.deepEqual(
      (await world.engineObjects()).filter((object) => object.includes("again-two")),
      [],
    );
  });

  test("dns stop where no server runs says so, and dns setup prints the same again", async () => {
    const stop = await world.cilo(["dns", "stop"]);
    const setup = await world.must("dns", "setup");

    assert.deepEqual([stop.code, stop.stdout, stop.stderr], [0, "", "no DNS server runs"]);
    assert.equal(await world.must("dns", "setup"), setup);
  });

  test("dns start behind the terminal of what runs as asked says so; of another one it is refused", async () => {
    const port = String(await world.startDns());
    const { daemon } = JSON.parse(await world.must("dns", "status", "--json"));

    const again = await world.cilo(["dns", "start", "--detach"]);
    const samePort = await world.cilo(["dns", "start", "--detach"], { env: { CILO_DNS_PORT: port } });
    const others = [["--port", "1"], ["--address", "127.0.0.2"], ["--upstream", "127.0.0.1"], ["--log-queries"]];
    const refused = await Promise.all(others.map((flags) => world.cilo(["dns", "start", "--detach", ...flags])));
    const foreground = await world.cilo(["dns", "start"]);
    const stop = await world.cilo(["dns", "stop"]);

    const said = `answering already on 127.0.0.1:${port} (pid ${daemon.pid})`;
    assert.deepEqual([again.code, again.stdout, samePort.stdout], [0, said, said]);
    for (const run of [...refused, foreground]) {
      assert.equal(run.code, 4, run.stderr);
      assert.match(run.stderr, new RegExp(`pid ${daemon.pid}.* \\[CILO_DAEMON_RUNNING\\]`));
    }
    assert.deepEqual([stop.code, stop.stdout], [0, `stopped (pid ${daemon.pid})`]);
  });
});
