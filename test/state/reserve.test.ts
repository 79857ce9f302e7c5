import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { type Paths, resolvePaths } from "../../src/base/paths.ts";
import { keepReserve, withReserve } from "../../src/state/reserve.ts";

let paths: Paths;
beforeEach(async () => {
  paths = resolvePaths({ CILO_HOME: await mkdtemp(join(tmpdir(), "cilo-reserve-")) });
});
afterEach(() => rm(paths.home, { recursive: true, force: true }));

async function sizeOfReserve(): Promise<number | null> {
  const found = await stat(join(paths.home, "reserve")).catch(() => null);
  return found?.size ?? null;
}

const full = () => new CiloError("CILO_DISK_FULL", "no space");
const unexpected = () => assert.fail("not to be called");

describe("keepReserve", () => {
  test("makes room for writing the state file twice and a little more", async () => {
    await writeFile(paths.stateFile, "x".repeat(1_000_000));

    await keepReserve(paths);

    assert.ok(((await sizeOfReserve()) ?? 0) > 2_000_000);
  });

  test("leaves a reserve that is large enough alone, and replaces one that is not", async () => {
    await keepReserve(paths);
    const before = await stat(join(paths.home, "reserve"), { bigint: true });

    await keepReserve(paths);
    const after = await stat(join(paths.home, "reserve"), { bigint: true });
    await writeFile(paths.stateFile, "x".repeat(1_000_000));
    await keepReserve(paths);

    assert.equal(after.mtimeNs, before.mtimeNs);
    assert.ok(((await sizeOfReserve()) ?? 0) > 2_000_000);
  });

  test("is no error where nothing can be written", async () => {
    await rm(paths.home, { recursive: true });

    await keepReserve(paths);

    assert.equal(await sizeOfReserve(), null);
  });
});

describe("withReserve", () => {
  test("touches nothing when the work has room", async () => {
    await keepReserve(paths);

    assert.equal(await withReserve(paths, unexpected, async () => "done"), "done");

    assert.notEqual(await sizeOfReserve(), null);
  });

  test("gives the space away when the disk is full, begins the work anew, and makes the reserve again", async () => {
    await keepReserve(paths);
    const seen: (number | null)[] = [];
    let told = 0;

    const result = await withReserve(
      paths,
      () => {
        told += 1;
      },
      async () => {
        seen.push(await sizeOfReserve());
        if (seen.length === 1) throw full();
        return "done";
      },
    );

    assert.deepEqual([result, told, seen.length, seen[1]], ["done", 1, 2, null]);
    assert.notEqual(await sizeOfReserve(), null);
  });

  test("makes the reserve again when the work fails all the same", async () => {
    await keepReserve(paths);

    const working = withReserve(
      paths,
      () => {},
      () => Promise.reject(full()),
    );

    await assert.rejects(working, { code: "CILO_DISK_FULL" });
    assert.notEqual(await sizeOfReserve(), null);
  });

  test("tells a full disk as it is when there is no reserve, and other failures in any case", async () => {
    let tries = 0;
    const fail = (error: unknown) => async () => {
      tries += 1;
      throw error;
    };

    await assert.rejects(withReserve(paths, unexpected, fail(full())), { code: "CILO_DISK_FULL" });
    await keepReserve(paths);
    await assert.rejects(withReserve(paths, unexpected, fail(new Error("other"))), /other/);

    assert.equal(tries, 2);
  });
});
