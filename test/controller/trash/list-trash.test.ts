import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { identityOfSelf } from "../../../src/base/process-identity.ts";
import { entryNameOf, type TrashRecord, timeOfEntry } from "../../../src/controller/trash/entry.ts";
import { useEntry } from "../../../src/controller/trash/entry-user.ts";
import { findExpired, listTrash, removeTrashEntry } from "../../../src/controller/trash/list-trash.ts";
import { makeEnvironment } from "../../support/environment.ts";

const limits = { keepDays: 7, maxSizeBytes: 1_000 };
const now = new Date("2026-11-20T12:00:00.000Z");

async function createTrash(t: TestContext) {
  const trash = await mkdtemp(join(tmpdir(), "cilo-trash-"));
  t.after(() => rm(trash, { recursive: true }));
  return {
    trash,
    async add(daysAgo: number, changes: Partial<TrashRecord> | null, writer: object | null = null): Promise<string> {
      const name = entryNameOf(makeEnvironment(), new Date(now.getTime() - daysAgo * 24 * 60 * 60 * 1000));
      await mkdir(join(trash, name));
      const record: TrashRecord = {
        version: 1,
        createdAt: now.toISOString(),
        installation: "11111111-1111-4111-8111-111111111111",
        environment: makeEnvironment(),
        work: null,
        keptWorkspace: false,
        hasStandIns: false,
        volumes: [],
        leftOut: [],
        sizeBytes: 100,
        ...changes,
      };
      if (changes !== null) await writeFile(join(trash, name, "entry.json"), JSON.stringify(record));
      if (writer !== null) await writeFile(join(trash, name, "writer.json"), JSON.stringify(writer));
      return name;
    },
  };
}

test("an entry's name tells its time", () => {
  const name = entryNameOf({ ...makeEnvironment(), id: "12345678-9abc" }, now);

  assert.equal(name, "2026-11-20T120000.000Z-shop-blue-12345678");
  assert.deepEqual(timeOfEntry(name), now);
  assert.equal(timeOfEntry("something else"), null);
});

test("lists entries oldest first, and tells which are whole", async (t) => {
  const { trash, add } = await createTrash(t);
  const whole = await add(1, {});
  const half = await add(2, null);
  const busy = await add(3, null, await identityOfSelf());
  const later = await add(4, { version: 2 } as never);
  await mkdir(join(trash, "of-the-user"));

  const entries = await listTrash({ trash });

  assert.deepEqual(
    entries.map(({ name, record, isFinished, isInUse }) => [name, record !== null, isFinished, isInUse]),
    [
      [later, false, true, false],
      [busy, false, false, true],
      [half, false, false, false],
      [whole, true, true, false],
    ],
  );
});

test("what a process left that was killed right now is nobody's at once", async (t) => {
  const { trash, add } = await createTrash(t);
  const justNow = (now.getTime() - Date.now()) / (24 * 60 * 60 * 1000);
  const killed = await add(justNow, null, { pid: 1, startTime: "never", bootId: "another" });
  const hidden = `.${entryNameOf(makeEnvironment(), new Date(Date.now() + 1))}`;
  await mkdir(join(trash, hidden));

  const entries = await listTrash({ trash });

  const writing = Object.fromEntries(entries.map(({ name, isInUse }) => [name, isInUse]));
  assert.deepEqual(writing, { [killed]: false, [hidden]: true });
});

test("what is being restored stays, however old it is", async (t) => {
  const { trash, add } = await createTrash(t);
  const name = await add(8, {});
  const use = await useEntry(join(trash, name));

  const during = findExpired(await listTrash({ trash }), now, limits);
  await use[Symbol.asyncDispose]();
  const after = findExpired(await listTrash({ trash }), now, limits);

  assert.deepEqual([during, after.map((entry) => entry.name)], [[], [name]]);
});

test("what is old, what nobody finishes, and the oldest beyond the limit expire", async (t) => {
  const { trash, add } = await createTrash(t);
  await add(1, { sizeBytes: 600 });
  const beyond = await add(2, { sizeBytes: 600 });
  const half = await add(3, null, { pid: 1, startTime: "never", bootId: "another" });
  await add(4, null, await identityOfSelf());
  await add(0.5, { version: 2 } as never);
  const old = await add(8, {});

  const expired = findExpired(await listTrash({ trash }), now, limits);

  assert.deepEqual(expired.map(({ name }) => name).sort(), [old, half, beyond].sort());
});

test("the latest entry stays for its time, however large it came out", async (t) => {
  const { trash, add } = await createTrash(t);
  const older = await add(2, {});
  await add(1, { sizeBytes: 2_000 });

  const expired = findExpired(await listTrash({ trash }), now, limits);

  assert.deepEqual(
    expired.map(({ name }) => name),
    [older],
  );
});

test("removes an entry, and nothing that is none", async (t) => {
  const { trash, add } = await createTrash(t);
  const name = await add(1, {});

  await removeTrashEntry({ trash }, { name });
  await removeTrashEntry({ trash }, { name });

  assert.deepEqual(await readdir(trash), []);
  await assert.rejects(removeTrashEntry({ trash }, { name: ".." }), { code: "CILO_BUG" });
});
