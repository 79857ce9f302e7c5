import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { chmod, lstat, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CiloError, type ErrorCode } from "../../src/base/errors.ts";
import { removeWorkspace } from "../../src/workspace/remove.ts";
import { asUser, createSandbox } from "./sandbox.ts";

const isRoot = process.geteuid?.() === 0;

function isRefusal(code: ErrorCode, message: RegExp) {
  return (error: unknown) => error instanceof CiloError && error.code === code && message.test(error.message);
}

test("removes a workspace and leaves what symbolic links in it lead to", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "envs/shop/blue/a/b/c": "x", "envs/shop/green/": "", "precious/file": "kept" });
  await symlink(join(sandbox.root, "precious"), join(sandbox.root, "envs/shop/blue/link"));

  await removeWorkspace({ path: join(sandbox.root, "envs/shop/blue"), within: join(sandbox.root, "envs") });

  await assert.rejects(lstat(join(sandbox.root, "envs/shop/blue")), { code: "ENOENT" });
  assert.equal(await readFile(join(sandbox.root, "precious/file"), "utf8"), "kept");
  assert.ok((await lstat(join(sandbox.root, "envs/shop/green"))).isDirectory());
});

test("removes a workspace at once when asked to: what is there in the middle of it is an unfinished copy", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "envs/shop/blue/a": "x", "envs/shop/blue/b": "y" });
  const envs = join(sandbox.root, "envs/shop");
  const seen: string[][] = [];
  const points = globalThis as { [hook: symbol]: ((point: string) => void) | undefined };
  const hook = Symbol.for("cilo.fault-point");
  points[hook] = (point) => point === "remove.set-aside" && seen.push(readdirSync(envs));
  t.after(() => {
    delete points[hook];
  });

  await removeWorkspace({ path: join(envs, "blue"), within: join(sandbox.root, "envs"), atOnce: true });

  assert.equal(seen.length, 1);
  assert.match(seen.flat().join(), /^\.blue\.\d+-[0-9a-f]{12}\.copy$/);
  assert.deepEqual(readdirSync(envs), []);
});

test("does not mind a workspace that is gone, nor a project or CILO_HOME that is", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "envs/shop/": "" });

  for (const path of ["envs/shop/blue", "envs/other/blue", "nowhere/shop/blue"]) {
    const within = join(sandbox.root, path.split("/")[0] ?? "");
    await removeWorkspace({ path: join(sandbox.root, path), within });
  }
});

test("removes a workspace that is a symbolic link, and nothing behind it", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "envs/shop/": "", "precious/file": "kept" });
  await symlink(join(sandbox.root, "precious"), join(sandbox.root, "envs/shop/blue"));

  await removeWorkspace({ path: join(sandbox.root, "envs/shop/blue"), within: join(sandbox.root, "envs") });

  await assert.rejects(lstat(join(sandbox.root, "envs/shop/blue")), { code: "ENOENT" });
  assert.equal(await readFile(join(sandbox.root, "precious/file"), "utf8"), "kept");
});

test("removes read-only directories without being root", { skip: isRoot ? false : "needs root" }, async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "envs/": "" });
  await chmod(sandbox.root, 0o755);
  await chmod(join(sandbox.root, "envs"), 0o777);

  await asUser(65_534, async () => {
    await sandbox.write({ "envs/shop/blue/go/pkg/mod/x": "1", "envs/shop/blue/closed/y": "2" });
    await chmod(join(sandbox.root, "envs/shop/blue/go/pkg/mod"), 0o555);
    await chmod(join(sandbox.root, "envs/shop/blue/go/pkg"), 0o444);
    await chmod(join(sandbox.root, "envs/shop/blue/closed"), 0);

    await removeWorkspace({ path: join(sandbox.root, "envs/shop/blue"), within: join(sandbox.root, "envs") });
  });

  await assert.rejects(lstat(join(sandbox.root, "envs/shop/blue")), { code: "ENOENT" });
});

test("says which file another user wrote, and how to remove it", { skip: isRoot ? false : "needs root" }, async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "envs/shop/blue/data/": "" });
  for (const path of ["", "envs", "envs/shop", "envs/shop/blue"]) await chmod(join(sandbox.root, path), 0o777);
  await sandbox.write({ "envs/shop/blue/data/of-root": "x" });
  const path = join(sandbox.root, "envs/shop/blue");

  const removal = asUser(65_534, () => removeWorkspace({ path, within: join(sandbox.root, "envs") }));

  await assert.rejects(removal, (error) => {
    assert.ok(error instanceof CiloError);
    assert.equal(error.code, "CILO_PERMISSION_DENIED");
    assert.match(error.message, /data\/of-root: permission denied/);
    assert.ok(error.hint?.includes(`sudo rm -rf --one-file-system '${path}'`));
    return true;
  });
});

test("refuses what is not strictly inside, also by way of links and dots", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "envs/shop/": "", "precious/blue/file": "kept", "envs-too/x": "kept" });
  await symlink(join(sandbox.root, "precious"), join(sandbox.root, "envs/linked"));
  const within = join(sandbox.root, "envs");

  for (const path of [
    within,
    `${within}/`,
    `${within}/shop/..`,
    `${within}/../precious/blue`,
    `${within}-too/x`,
    "/",
    join(within, "linked/blue"),
  ]) {
    await assert.rejects(removeWorkspace({ path, within }), isRefusal("CILO_BUG", /it is not inside/), path);
  }

  assert.equal(await readFile(join(sandbox.root, "precious/blue/file"), "utf8"), "kept");
  assert.equal(await readFile(join(sandbox.root, "envs-too/x"), "utf8"), "kept");
});

test("refuses to empty what is mounted in a workspace", {
  skip: isRoot && process.platform === "linux" ? false : "needs root, to mount",
}, async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "envs/shop/blue/a": "x", "precious/file": "kept" });
  await mkdir(join(sandbox.root, "envs/shop/blue/my data"));
  const at = "envs/shop/blue/my data";
  if (!(await sandbox.mount(at, "--bind", join(sandbox.root, "precious")))) return t.skip("cannot mount here");

  await assert.rejects(
    removeWorkspace({ path: join(sandbox.root, "envs/shop/blue"), within: join(sandbox.root, "envs") }),
    isRefusal("CILO_REMOVE_FAILED", /my data: something is mounted there/),
  );

  assert.equal(await readFile(join(sandbox.root, "precious/file"), "utf8"), "kept");
  assert.equal(await readFile(join(sandbox.root, "envs/shop/blue/a"), "utf8"), "x");
});
