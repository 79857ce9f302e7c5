import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Paths } from "../../src/base/paths.ts";
import { emptyState, stateVersion } from "../../src/model/state.ts";
import { acquireLock } from "../../src/state/lock.ts";
import { createStateStore } from "../../src/state/store.ts";
import { startProgram } from "./child-process.ts";
import { addEnvironment, createTemporaryHome } from "./temporary-home.ts";

async function createHomeWith(t: TestContext, contents: string | Uint8Array): Promise<Paths> {
  const paths = await createTemporaryHome(t);
  await mkdir(paths.home);
  await writeFile(paths.stateFile, contents);
  return paths;
}

async function createHomeWithFixture(t: TestContext, version: number): Promise<Paths> {
  const paths = await createTemporaryHome(t);
  await mkdir(paths.home);
  await copyFile(fileURLToPath(new URL(`../../fixtures/state-v${version}.json`, import.meta.url)), paths.stateFile);
  return paths;
}

async function permissionsOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

test("reading where nothing is gives an empty state and makes nothing", async (t) => {
  const paths = await createTemporaryHome(t);
  const store = createStateStore({ paths });

  const state = await store.read();

  assert.deepEqual(state, emptyState(state.installation));
  await assert.rejects(stat(paths.home), { code: "ENOENT" });
});

test("the first update makes the home and the file, readable by their owner only", async (t) => {
  const paths = await createTemporaryHome(t);
  const store = createStateStore({ paths });

  const { state, result } = await store.update((draft) => addEnvironment(draft, { id: "e1" }).subnet);

  assert.equal(result, "10.224.0.0/24");
  assert.equal(state.revision, 1);
  assert.deepEqual(await createStateStore({ paths }).read(), state);
  assert.deepEqual([await permissionsOf(paths.home), await permissionsOf(paths.stateFile)], ["700", "600"]);
  assert.deepEqual((await readdir(paths.home)).sort(), ["locks", "state.json"]);
  assert.deepEqual(await readdir(paths.locks), []);
});

test("the revision grows by one with every update, whatever the change makes of it", async (t) => {
  const paths = await createTemporaryHome(t);
  const store = createStateStore({ paths });
  await store.update(() => {});

  const { state } = await store.update((draft) => {
    draft.revision = 99;
  });

  assert.equal(state.revision, 2);
});

test("fields that are not known survive an update", async (t) => {
  const paths = await createHomeWithFixture(t, stateVersion);
  const before = JSON.parse(await readFile(paths.stateFile, "utf8"));

  await createStateStore({ paths }).update(() => {});

  assert.deepEqual(JSON.parse(await readFile(paths.stateFile, "utf8")), { ...before, revision: before.revision + 1 });
});

test("a change that throws leaves the file as it was and the lock free", async (t) => {
  const paths = await createTemporaryHome(t);
  const store = createStateStore({ paths });
  await store.update(() => {});
  const before = await readFile(paths.stateFile);

  const failing = store.update((draft) => {
    draft.dnsPort = 1;
    throw new Error("no");
  });

  await assert.rejects(failing, { message: "no" });
  assert.deepEqual(await readFile(paths.stateFile), before);
  assert.deepEqual(await readdir(paths.locks), []);
});

test("a change that cannot be read back, or is asynchronous, is a bug and is not written", async (t) => {
  const paths = await createTemporaryHome(t);
  const store = createStateStore({ paths });
  await store.update(() => {});
  const before = await readFile(paths.stateFile);

  const invalid = store.update((draft) => {
    addEnvironment(draft, { id: "e1", subnet: "" });
  });
  await assert.rejects(invalid, { code: "CILO_BUG", exitCode: 70, message: /\["shop\/e1"\]\.subnet: expected a CIDR/ });
  const asynchronous = store.update(async () => {});
  await assert.rejects(asynchronous, { code: "CILO_BUG" });

  assert.deepEqual(await readFile(paths.stateFile), before);
});

test("an update waits for the lock only so long", async (t) => {
  const paths = await createTemporaryHome(t);
  const lock = await acquireLock(join(paths.locks, "state.lock"), { purpose: "test", timeoutMs: 0 });

  const late = createStateStore({ paths, lockTimeoutMs: 20 }).update(() => {});

  await assert.rejects(late, { code: "CILO_LOCKED", message: new RegExp(`within 0\\.02 s: pid ${process.pid} `) });
  await lock.release();
  await createStateStore({ paths }).update(() => {});
});

test("a file that something else wrote during an update is left as that wrote it", async (t) => {
  const paths = await createTemporaryHome(t);
  const store = createStateStore({ paths });
  const { state } = await store.update(() => {});
  const other = JSON.stringify({ ...state, revision: 7 });

  const update = store.update(() => {
    writeFileSync(paths.stateFile, other);
  });

  await assert.rejects(update, { code: "CILO_LOCKED" });
  assert.equal(await readFile(paths.stateFile, "utf8"), other);
  assert.deepEqual((await readdir(paths.home)).sort(), ["locks", "state.json"]);
});

test("an update whose lock is removed by hand does not write", async (t) => {
  const paths = await createTemporaryHome(t);
  const store = createStateStore({ paths });
  await store.update(() => {});
  const before = await readFile(paths.stateFile);

  const update = store.update(() => {
    rmSync(paths.locks, { recursive: true });
  });

  await assert.rejects(update, { code: "CILO_LOCKED", message: /its lock was removed/ });
  assert.deepEqual(await readFile(paths.stateFile), before);
});

test("what a killed process had half written is cleaned up by the next update", async (t) => {
  const paths = await createHomeWithFixture(t, stateVersion);
  await writeFile(`${paths.stateFile}.4242.0123456789ab.tmp`, '{"version": 3, "inst');

  await createStateStore({ paths }).update(() => {});

  assert.deepEqual((await readdir(paths.home)).sort(), ["locks", "state.json"]);
});

for (const version of [1, 2]) {
  test(`a file of version ${version} is read without being touched, and backed up by the first update`, async (t) => {
    const paths = await createHomeWithFixture(t, version);
    const before = await readFile(paths.stateFile);
    const store = createStateStore({ paths });
    const backup = `${paths.stateFile}.v${version}.backup`;

    const read = await store.read();
    const readAgain = await createStateStore({ paths }).read();
    assert.deepEqual(await readFile(paths.stateFile), before);
    const { state } = await store.update(() => {});
    await store.update(() => {});

    assert.deepEqual(readAgain.hosts, read.hosts);
    assert.deepEqual(state, { ...read, revision: 1 });
    assert.deepEqual(await readFile(backup), before);
    assert.equal(await permissionsOf(backup), "600");
    assert.deepEqual((await readdir(paths.home)).sort(), ["locks", "state.json", `state.json.v${version}.backup`]);
  });
}

test("a backup is never overwritten: equal contents are kept once, others get a number", async (t) => {
  const paths = await createHomeWithFixture(t, 2);
  const old = await readFile(paths.stateFile);
  const store = createStateStore({ paths });
  await writeFile(`${paths.stateFile}.v2.backup`, "an older one");

  await store.update(() => {});
  await writeFile(paths.stateFile, old);
  await store.update(() => {});

  assert.equal(await readFile(`${paths.stateFile}.v2.backup`, "utf8"), "an older one");
  assert.deepEqual(await readFile(`${paths.stateFile}.v2.backup.2`), old);
  assert.deepEqual((await readdir(paths.home)).sort(), [
    "locks",
    "state.json",
    "state.json.v2.backup",
    "state.json.v2.backup.2",
  ]);
});

test("the file of a newer cilo is refused and left as it is", async (t) => {
  const contents = '{"version": 4, "hosts": "something else"}';
  const paths = await createHomeWith(t, contents);
  const store = createStateStore({ paths });

  const expected = { code: "CILO_STATE_TOO_NEW", exitCode: 3, message: /has version 4, this cilo knows up to 3/ };
  await assert.rejects(store.read(), expected);
  await assert.rejects(
    store.update(() => {}),
    expected,
  );

  assert.equal(await readFile(paths.stateFile, "utf8"), contents);
});

const unreadable: [what: string, contents: string | Uint8Array, problem: RegExp][] = [
  ["empty", "", /: line 1 column 1: the text ends too early$/],
  ["torn", '{\n  "version": 3,\n  "instal', /: line 3 column 3: unexpected "\\""$/],
  ["all zeros", new Uint8Array(300), /: line 1 column 1: unexpected "\\u0000"$/],
  ["not UTF-8", Uint8Array.of(0x7b, 0x22, 0xc3, 0x22), /The encoded data was not valid/],
  ["a list", "[]", /the file: expected an object$/],
  ["of no version", "{}", /version: expected an integer from 1 to 3 but is missing$/],
  ["of a strange version", '{"version": "3"}', /version: expected an integer from 1 to 3 but is "3"$/],
  [
    "without most fields",
    '{"version": 3, "revision": 1}',
    / 7 problems\n {2}installation: is missing\n {2}baseSubnet: is missing\n/,
  ],
  [
    "an old one that is broken",
    '{"version": 2, "hosts": {"local": {"environments": 5}}}',
    /hosts\.local\.environments: expected an object$/,
  ],
];

for (const [what, contents, problem] of unreadable) {
  test(`a state file that is ${what} is refused and left as it is, byte for byte`, async (t) => {
    const paths = await createHomeWith(t, contents);
    const store = createStateStore({ paths });

    const expected = { code: "CILO_STATE_UNREADABLE", exitCode: 3, message: problem, hint: /start empty with "mv / };
    await assert.rejects(store.read(), expected);
    await assert.rejects(
      store.update(() => {}),
      expected,
    );

    assert.deepEqual(await readFile(paths.stateFile), Buffer.from(contents));
    assert.deepEqual((await readdir(paths.home)).sort(), ["locks", "state.json"]);
  });
}

test("only the first problems of a file full of them are told, and the rest counted", async (t) => {
  const environments = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`e${index}`, null]));
  const state = { ...emptyState("i"), hosts: { local: { provider: "docker", engine: null, environments } } };
  const paths = await createHomeWith(t, JSON.stringify(state));

  await assert.rejects(createStateStore({ paths }).read(), { message: /30 problems(\n.*){20}\n {2}and 10 more$/ });
});

test("the newest backup is named when the state file cannot be read", async (t) => {
  const paths = await createHomeWithFixture(t, 2);
  await writeFile(`${paths.stateFile}.v1.backup`, "{}");
  const store = createStateStore({ paths });
  await store.update(() => {});
  await writeFile(paths.stateFile, "{");

  await assert.rejects(store.read(), {
    hint: new RegExp(`go back to the newest backup with "cp ${paths.stateFile}\\.v2\\.backup ${paths.stateFile}"`),
  });
});

test("a directory in the state file's place is unreadable, not absent", async (t) => {
  const paths = await createTemporaryHome(t);
  await mkdir(paths.stateFile, { recursive: true });

  await assert.rejects(createStateStore({ paths }).read(), { code: "CILO_STATE_UNREADABLE" });
});

test("a home that is a file cannot be written", async (t) => {
  const paths = await createTemporaryHome(t);
  await writeFile(paths.home, "");

  const update = createStateStore({ paths }).update(() => {});

  await assert.rejects(update, { code: "CILO_HOME_NOT_WRITABLE", exitCode: 3, hint: /^run "ls -ld / });
});

test("twelve processes that update at once lose no update and agree on the installation", async (t) => {
  const paths = await createTemporaryHome(t);
  const writers = Array.from({ length: 12 }, () => startProgram(t, "state-writer.ts", [paths.home, "20"]));

  const lines = (await Promise.all(writers.map((writer) => writer.remainingLines()))).flat();

  const state = await createStateStore({ paths }).read();
  const revisions = lines.map((line) => Number(line.split(" ")[1])).sort((a, b) => a - b);
  assert.deepEqual(
    revisions,
    Array.from({ length: 240 }, (_, index) => index + 1),
  );
  assert.deepEqual([...new Set(lines.map((line) => line.split(" ")[0]))], [state.installation]);
  assert.equal(state.revision, 240);
  assert.equal("counter" in state && state.counter, 240);
  assert.deepEqual(await readdir(paths.locks), []);
});

test("a process killed at any moment of an update leaves a whole file with all it had confirmed, and no lock", async (t) => {
  const paths = await createTemporaryHome(t);
  const store = createStateStore({ paths, lockTimeoutMs: 5_000 });

  for (let round = 0; round < 15; round += 1) {
    const writer = startProgram(t, "state-writer.ts", [paths.home, "1000000"]);
    await writer.nextLine();
    setTimeout(() => writer.kill("SIGKILL"), Math.random() * 40);
    const confirmed = (await writer.remainingLines()).map((line) => Number(line.split(" ")[1]));
    assert.equal(await writer.ended, "SIGKILL");

    const { revision } = await store.read();
    const { state } = await store.update(() => {});

    assert.ok(revision >= Math.max(0, ...confirmed), `${revision} after ${confirmed.at(-1)}`);
    assert.equal(state.revision, revision + 1);
  }

  assert.deepEqual((await readdir(paths.home)).sort(), ["locks", "state.json"]);
  assert.deepEqual(await readdir(paths.locks), []);
});
