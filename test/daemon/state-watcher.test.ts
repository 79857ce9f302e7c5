import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { silentLogger } from "../../src/base/log.ts";
import { waitFor } from "../../src/base/wait.ts";
import { stampFile } from "../../src/daemon/file-stamp.ts";
import { type StateWatcher, type StateWatcherOptions, watchState } from "../../src/daemon/state-watcher.ts";
import type { State } from "../../src/model/state.ts";
import { makeState } from "../support/environment.ts";

let directory: string;
let watcher: StateWatcher | null = null;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cilo-watch-"));
});
afterEach(async () => {
  watcher?.close();
  watcher = null;
  await rm(directory, { recursive: true });
});

/** Puts another state file in the old one's place, as the store does. */
async function replaceFile(): Promise<void> {
  await writeFile(join(directory, "state.json.tmp"), "{}");
  await rename(join(directory, "state.json.tmp"), join(directory, "state.json"));
}

interface Watching {
  reads: number;
  taken: { state: State; began: number }[];
  bugs: unknown[];
}

function start(options: Partial<StateWatcherOptions> & { read: (count: number) => Promise<State> | State }): Watching {
  const watching: Watching = { reads: 0, taken: [], bugs: [] };
  watcher = watchState({
    stateFile: join(directory, "state.json"),
    stamp: null,
    store: {
      async read() {
        watching.reads += 1;
        return options.read(watching.reads);
      },
    },
    moment: () => 0,
    onState: (state, began) => {
      watching.taken.push({ state, began });
      return true;
    },
    log: silentLogger,
    onBug: (error) => watching.bugs.push(error),
    ...options,
  });
  return watching;
}

/** Looks at the file as the watcher does, and counts how often that came to an end. */
function countLooks(): { count: number; stampOf: (path: string) => Promise<string> } {
  const looks = {
    count: 0,
    async stampOf(path: string) {
      const stamp = await stampFile(path);
      looks.count += 1;
      return stamp;
    },
  };
  return looks;
}

/** So many looks apart, what the first of them led to has long been done. */
const manyLooks = 20;

async function until(check: () => boolean, what: string): Promise<void> {
  assert.ok(await waitFor(() => (check() ? true : null), { timeoutMs: 4_000, intervalMs: 5 }), what);
}

describe("the state watcher", () => {
  test("reads at once, and again when the file is replaced", async () => {
    const watching = start({ read: (count) => makeState([], { revision: count }) });
    await until(() => watching.taken.length === 1, "not read at the start");

    await replaceFile();

    await until(() => watching.taken.at(-1)?.state.revision === 2, "the new file was not read");
  });

  test("hands on the moment at which the read began", async () => {
    let moment = 1;
    const watching = start({
      moment: () => moment,
      read: () => {
        moment = 2;
        return makeState([]);
      },
    });

    await until(() => watching.taken.length === 1, "not read");

    assert.equal(watching.taken[0]?.began, 1);
  });

  test("reads again when what it read came too late, and when the file is replaced meanwhile, one read at a time", async () => {
    let atOnce = 0;
    let most = 0;
    const watching = start({
      async read(count) {
        atOnce += 1;
        most = Math.max(most, atOnce);
        if (count === 1) {
          await replaceFile();
          await replaceFile();
        }
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        return makeState([], { revision: count });
      },
      onState: (state) => state.revision >= 4,
    });

    await until(() => watching.reads >= 4, "it gave up");

    assert.equal(most, 1);
  });

  test("goes on after a file that cannot be read, and reports what is no fault of the file", async () => {
    const bug = new TypeError("undefined is not a function");
    const watching = start({
      read(count) {
        if (count === 1) throw new CiloError("CILO_STATE_UNREADABLE", "torn");
        if (count === 2) return makeState([]);
        throw bug;
      },
    });
    await until(() => watching.reads === 1, "not read");

    await replaceFile();
    await until(() => watching.taken.length === 1, "it did not go on");
    await replaceFile();

    await until(() => watching.bugs.length === 1, "the bug was swallowed");
    assert.deepEqual(watching.bugs, [bug]);
  });

  test("does not read a file again that its caller has read", async () => {
    await replaceFile();
    const stateFile = join(directory, "state.json");
    const looks = countLooks();
    const { stampOf } = looks;
    const stamp = await stampFile(stateFile);
    const watching = start({ stateFile, stamp, stampOf, pollMs: 5, read: () => makeState([]) });
    await until(() => looks.count >= manyLooks, "it does not poll");
    assert.equal(watching.reads, 0);

    await replaceFile();

    await until(() => watching.taken.length === 1, "the new file was not read");
  });

  test("reads at once what was written after its caller had read", async () => {
    const stateFile = join(directory, "state.json");
    await replaceFile();
    const stamp = await stampFile(stateFile);
    await replaceFile();

    const watching = start({ stateFile, stamp, read: () => makeState([]) });

    await until(() => watching.taken.length === 1, "not read");
  });

  test("sees by polling what no watch reports, once", async () => {
    const stateFile = join(directory, "later/state.json");
    const looks = countLooks();
    const { stampOf } = looks;
    const watching = start({ stateFile, stamp: "", stampOf, pollMs: 5, read: () => makeState([]) });

    // Whole at once: half of a file would be a change as well.
    await mkdir(join(directory, "new"));
    await writeFile(join(directory, "new/state.json"), "{}");
    await rename(join(directory, "new"), join(directory, "later"));

    await until(() => watching.taken.length === 1, "not read");
    const looksUntilRead = looks.count;
    await until(() => looks.count >= looksUntilRead + manyLooks, "it does not poll any more");
    assert.equal(watching.reads, 1);
  });

  test("tries a file again that could not be read, without a change of it", async () => {
    const watching = start({
      pollMs: 5,
      read(count) {
        if (count === 1) throw new CiloError("CILO_STATE_UNREADABLE", "torn");
        return makeState([]);
      },
    });

    await until(() => watching.taken.length === 1, "it did not try again");
  });

  test("hands nothing on once it is closed", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<State>();
    const watching = start({ read: () => released });
    await until(() => watching.reads === 1, "not read");

    watcher?.close();
    release(makeState([]));
    await released;
    await new Promise((resolve) => setImmediate(resolve));

    assert.deepEqual(watching.taken, []);
  });
});
