import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, truncateSync, writeFileSync } from "node:fs";
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { exec } from "../../src/base/exec.ts";
import { copyWorkspace } from "../../src/workspace/copy.ts";
import type { CopyPlan } from "../../src/workspace/plan.ts";
import { asUser, createSandbox, type Sandbox } from "./sandbox.ts";
import { assertSameTree, listTree } from "./tree-listing.ts";

const isRoot = process.geteuid?.() === 0;

function planFor(sandbox: Sandbox, source = "shop"): CopyPlan {
  return { root: join(sandbox.root, source), projectPath: "", insideRepository: false };
}

async function mustFail(code: string, work: Promise<unknown>): Promise<CiloError> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof CiloError, `expected ${code}, got ${String(thrown)}`);
  assert.equal(thrown.code, code, thrown.message);
  return thrown;
}

test("copies dot files and directories, empty directories, modes, times and links as they are", async (t) => {
  const sandbox = await createSandbox(t);
  const source = join(sandbox.root, "shop");
  await sandbox.write({
    "shop/.github/workflows/ci.yml": "on: push\n",
    "shop/.env": "A=1\n",
    "shop/.vscode/": "",
    "shop/empty/": "",
    "shop/gradlew": "#!/bin/sh\n",
    "shop/setuid": "x",
    "shop/locked/file": "read only directory\n",
    "shop/shared/": "",
  });
  await chmod(join(source, "gradlew"), 0o755);
  await chmod(join(source, "setuid"), 0o4711);
  await chmod(join(source, "shared"), 0o1777);
  await symlink("gradlew", join(source, "to-file"));
  await symlink("../shop/.github", join(source, "to-directory"));
  await symlink("/does/not/exist", join(source, "dangling"));
  await symlink(source, join(source, "to-itself"));
  await utimes(join(source, ".env"), 1_000_000_000.25, 1_000_000_000.123456);
  await utimes(join(source, "empty"), 1, 1_100_000_000.5);
  await chmod(join(source, "locked"), 0o555);
  const before = await listTree(source);

  const { workspace, report } = await sandbox.copy(source, "blue");

  assertSameTree(await listTree(workspace), before);
  assert.deepEqual(await listTree(source), before);
  assert.deepEqual(report, {
    files: 5,
    directories: 7,
    symlinks: 4,
    bytes: 44,
    skipped: [],
    method: report.method,
  });
});

test("keeps hard links inside the tree and makes none to the source", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/a/one": "same", "shop/b/": "", outside: "elsewhere too" });
  await link(join(sandbox.root, "shop/a/one"), join(sandbox.root, "shop/b/two"));
  await link(join(sandbox.root, "outside"), join(sandbox.root, "shop/inside"));

  const { workspace } = await sandbox.copy(join(sandbox.root, "shop"), "blue");

  const [one, two] = [await stat(join(workspace, "a/one")), await stat(join(workspace, "b/two"))];
  assert.equal(one.ino, two.ino);
  assert.equal(one.nlink, 2);
  assert.notEqual(one.ino, (await stat(join(sandbox.root, "shop/a/one"))).ino);
  assert.equal((await stat(join(workspace, "inside"))).nlink, 1);
});

test("copies owners as root", { skip: isRoot ? false : "needs root" }, async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/data/pg": "x" });
  await symlink("pg", join(sandbox.root, "shop/data/link"));
  await chown(join(sandbox.root, "shop/data/pg"), 999, 998);
  await chmod(join(sandbox.root, "shop/data/pg"), 0o4750);
  await chown(join(sandbox.root, "shop/data"), 999, 998);
  await chmod(join(sandbox.root, "shop/data"), 0o2700);

  const { workspace } = await sandbox.copy(join(sandbox.root, "shop"), "blue");

  assertSameTree(await listTree(workspace), await listTree(join(sandbox.root, "shop")));
});

test("skips and reports sockets and FIFOs, and does not wait for a FIFO's writer", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/run/pid": "1" });
  assert.equal((await exec("mkfifo", [join(sandbox.root, "shop/run/pipe")])).exitCode, 0);
  const server = createServer().listen(join(sandbox.root, "shop/run/app.sock"));
  await once(server, "listening");
  t.after(() => server.close());

  const { workspace, report } = await sandbox.copy(join(sandbox.root, "shop"), "blue");

  assert.deepEqual(await readdir(join(workspace, "run")), ["pid"]);
  assert.deepEqual(
    report.skipped.toSorted((a, b) => a.path.localeCompare(b.path)),
    [
      { path: "run/app.sock", reason: "a socket" },
      { path: "run/pipe", reason: "a FIFO" },
    ],
  );
});

test("keeps holes in sparse files, and every byte around them", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/": "" });
  const source = join(sandbox.root, "shop/disk.img");
  const file = await open(source, "w");
  await file.write("start", 0);
  await file.write("middle", 20_000_001);
  await file.truncate(64 * 1024 * 1024);
  await file.close();

  const { workspace } = await sandbox.copy(join(sandbox.root, "shop"), "blue");

  const copy = join(workspace, "disk.img");
  assert.ok((await readFile(copy)).equals(await readFile(source)));
  assert.ok((await stat(copy)).blocks * 512 < 2 * 1024 * 1024, "the copy has no holes");
});

test("copies and removes trees deeper than the longest path the kernel takes", {
  skip: process.platform !== "linux" && "only Linux goes on from an open directory",
}, async (t) => {
  const sandbox = await createSandbox(t);
  const name = "deep-".repeat(40);
  const script = `mkdir -p "$1" && cd -P "$1" && for i in $(seq 40); do mkdir "$2" && cd -P "./$2" || exit 1; done; echo bottom > file`;
  const made = await exec("bash", ["-c", script, "bash", join(sandbox.root, "shop"), name]);
  assert.equal(made.exitCode, 0, made.stderr);

  const { workspace, report } = await sandbox.copy(join(sandbox.root, "shop"), "blue");

  assert.equal(report.directories, 41);
  const read = `cd -P "$1" && for i in $(seq 40); do cd -P "./$2" || exit 1; done; cat file`;
  assert.equal((await exec("bash", ["-c", read, "bash", workspace, name])).stdout, "bottom");
});

test("reports what vanishes while it is copied and goes on", async (t) => {
  const sandbox = await createSandbox(t);
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`shop/d${i}/file`, "x".repeat(1000)]));
  await sandbox.write(files);
  let removed = false;

  const report = await copyWorkspace({
    plan: planFor(sandbox),
    destination: join(sandbox.home, "envs/shop/blue"),
    onProgress() {
      if (removed) return;
      removed = true;
      for (let i = 0; i < 150; i++) rmSync(join(sandbox.root, `shop/d${i}`), { recursive: true });
    },
  });

  assert.ok(report.skipped.length > 50, `${report.skipped.length} reported`);
  assert.ok(report.skipped.every(({ reason }) => reason === "vanished while it was copied"));
  assert.equal((await readdir(join(sandbox.home, "envs/shop/blue"))).length + report.skipped.length >= 300, true);
  assert.equal((await readdir(join(sandbox.home, "envs/shop/blue"))).includes("d299"), true);
});

test("ends when a file gets shorter or longer while it is copied", async (t) => {
  const sandbox = await createSandbox(t);
  const big = join(sandbox.root, "shop/app.log");
  await sandbox.write({ "shop/first": "x", "shop/second": "y" });
  await writeFile(big, Buffer.alloc(300 * 1024 * 1024, 1));
  let changed = false;

  const report = await copyWorkspace({
    plan: planFor(sandbox),
    destination: join(sandbox.home, "envs/shop/blue"),
    onProgress() {
      if (changed) return;
      changed = true;
      truncateSync(big, 10);
    },
  });

  assert.ok(changed);
  assert.deepEqual(report.skipped, []);
  assert.ok((await stat(join(sandbox.home, "envs/shop/blue/app.log"))).size <= 300 * 1024 * 1024);
});

test("makes missing directories above the workspace with mode 0700", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/a": "1" });
  await chmod(join(sandbox.root, "shop"), 0o755);

  await sandbox.copy(join(sandbox.root, "shop"), "blue");

  for (const path of ["", "envs", "envs/shop"]) {
    assert.equal((await stat(join(sandbox.home, path))).mode & 0o777, 0o700, path);
  }
  assert.equal((await stat(join(sandbox.home, "envs/shop/blue"))).mode & 0o777, 0o755);
});

test("leaves nothing behind when it is aborted", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`shop/${i % 20}/${i}`, "content"])));
  const controller = new AbortController();

  const failure = await mustFail(
    "CILO_INTERRUPTED",
    copyWorkspace({
      plan: planFor(sandbox),
      destination: join(sandbox.home, "envs/shop/blue"),
      signal: controller.signal,
      onProgress: () => controller.abort(),
    }),
  );

  assert.match(failure.message, /interrupted/);
  await assert.rejects(lstat(sandbox.home), { code: "ENOENT" });
});

test("does not begin when it is aborted already", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/a": "1" });

  await mustFail(
    "CILO_INTERRUPTED",
    copyWorkspace({
      plan: planFor(sandbox),
      destination: join(sandbox.home, "envs/shop/blue"),
      signal: AbortSignal.abort(),
    }),
  );

  await assert.rejects(lstat(sandbox.home), { code: "ENOENT" });
});

test("refuses a destination that exists and leaves it alone", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/a": "1", "home/envs/shop/blue/mine": "kept" });

  const failure = await mustFail("CILO_COPY_FAILED", sandbox.copy(join(sandbox.root, "shop"), "blue"));

  assert.match(failure.message, /home\/envs\/shop\/blue: there is something already/);
  assert.deepEqual(await readdir(join(sandbox.home, "envs/shop")), ["blue"]);
  assert.equal(await readFile(join(sandbox.home, "envs/shop/blue/mine"), "utf8"), "kept");
});

test("says when nothing can be made where the workspace should be", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/a": "1", "in-the-way": "a file" });

  for (const destination of [join(sandbox.root, "in-the-way/envs/shop/blue"), "/proc/none/envs/shop/blue"]) {
    const failure = await mustFail("CILO_COPY_FAILED", copyWorkspace({ plan: planFor(sandbox), destination }));

    assert.match(failure.message, /^cannot copy to .*\/envs\/shop\/blue: (not a directory|no such file or directory)/);
    assert.match(failure.hint ?? "", /^set CILO_HOME/);
  }
});

test("refuses a destination inside the source", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/a": "1" });

  await mustFail(
    "CILO_COPY_FAILED",
    copyWorkspace({ plan: planFor(sandbox), destination: join(sandbox.root, "shop/envs/blue") }),
  );

  assert.deepEqual(await readdir(join(sandbox.root, "shop")), ["a"]);
});

test("says which file cannot be read, and leaves nothing", { skip: isRoot ? false : "needs root" }, async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/data/secret": "x", "shop/other": "y" });
  await chmod(join(sandbox.root, "shop/data/secret"), 0o600);
  await mkdir(sandbox.home);
  for (const path of ["", "shop", "shop/data", "home"]) await chmod(join(sandbox.root, path), 0o755);
  await chown(sandbox.home, 65_534, 65_534);

  const failure = await asUser(65_534, () =>
    mustFail("CILO_COPY_FAILED", sandbox.copy(join(sandbox.root, "shop"), "blue")),
  );

  assert.match(failure.message, /cannot copy .*shop\/data\/secret: permission denied \(EACCES\)/);
  assert.match(failure.hint ?? "", /^run "ls -ld/);
  assert.deepEqual(await readdir(sandbox.home), []);
});

test("fills read-only directories without being root", { skip: isRoot ? false : "needs root" }, async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/cache/module/go.mod": "module x\n", "shop/cache/module/sub/": "" });
  await mkdir(sandbox.home);
  for (const path of ["shop/cache/module/go.mod", "shop/cache/module/sub", "shop/cache/module", "shop/cache", "shop"]) {
    await chown(join(sandbox.root, path), 65_534, 65_534);
    await chmod(join(sandbox.root, path), path.endsWith("mod") ? 0o444 : 0o555);
  }
  await chmod(sandbox.root, 0o755);
  await chown(sandbox.home, 65_534, 65_534);

  const { workspace } = await asUser(65_534, () => sandbox.copy(join(sandbox.root, "shop"), "blue"));

  // The group of a new file is the process's own, which stays root's here.
  const ownGroup = async (root: string) =>
    Object.fromEntries(
      Object.entries(await listTree(root)).map(([path, { what, mtimeNs }]) => [
        path,
        { what: what.replace(/ 65534:\d+/, ""), mtimeNs },
      ]),
    );
  assertSameTree(await ownGroup(workspace), await ownGroup(join(sandbox.root, "shop")));
});

test("says that the disk is full and leaves nothing on it", {
  skip: isRoot && process.platform === "linux" ? false : "needs root, to mount a small file system",
}, async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/small": "x", "shop/sub/large": "y".repeat(4 * 1024 * 1024) });
  const small = join(sandbox.root, "disk");
  if (!(await sandbox.mount("disk", "-t", "tmpfs", "-o", "size=1m", "tmpfs"))) return t.skip("cannot mount here");

  const failure = await mustFail(
    "CILO_DISK_FULL",
    copyWorkspace({ plan: planFor(sandbox), destination: join(small, "envs/shop/blue") }),
  );

  assert.match(failure.message, /shop\/sub\/large: no space left/);
  assert.deepEqual(await readdir(small), []);
});

test("removes what a dead process left of an earlier copy, and not what a living one has", async (t) => {
  const sandbox = await createSandbox(t);
  // Above any pid_max.
  const dead = `.blue.${2 ** 30}-0123456789ab.copy`;
  const alive = `.blue.${process.ppid}-0123456789ab.copy`;
  await sandbox.write({
    "shop/a": "1",
    [`home/envs/shop/${dead}/half`]: "",
    [`home/envs/shop/${alive}/half`]: "",
    "home/envs/shop/.green.txt": "",
  });

  await sandbox.copy(join(sandbox.root, "shop"), "blue");

  assert.deepEqual((await readdir(join(sandbox.home, "envs/shop"))).sort(), [alive, ".green.txt", "blue"].sort());
});

test("shows progress that grows and ends with the totals", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`shop/${i}`, "12345"])));
  const seen: { files: number; bytes: number }[] = [];

  await copyWorkspace({
    plan: planFor(sandbox),
    destination: join(sandbox.home, "envs/shop/blue"),
    onProgress: (progress) => seen.push(progress),
  });

  assert.deepEqual(seen.at(-1), { files: 100, bytes: 500 });
  assert.deepEqual(
    seen.map(({ files }) => files),
    seen.map(({ files }) => files).toSorted((a, b) => a - b),
  );
});

test("copies on writing where the file system can share blocks, so that a change on one side stays there", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "shop/a": "before".repeat(1000), "shop/empty": "" });

  const { workspace, report } = await sandbox.copy(join(sandbox.root, "shop"), "blue");
  writeFileSync(join(workspace, "a"), "changed in the copy");

  t.diagnostic(`method: ${report.method}`);
  assert.equal(await readFile(join(sandbox.root, "shop/a"), "utf8"), "before".repeat(1000));
  await rm(join(workspace, "empty"));
  assert.equal(await readFile(join(sandbox.root, "shop/empty"), "utf8"), "");
});
