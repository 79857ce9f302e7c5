import assert from "node:assert/strict";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { resolvePaths } from "../../src/base/paths.ts";
import { createStateStore, type StateStore } from "../../src/state/store.ts";
import { addEnvironment } from "../state/temporary-home.ts";
import { type Instant, listSourcePoints, readLog, toFaultVariables, toInstants } from "../support/faults.ts";
import { isOfStateWrite } from "./choose-cuts.ts";
import { recordCells } from "./crash-table.ts";
import { makeTemporaryFolder } from "./temporary-folder.ts";

const adder = fileURLToPath(new URL("state-adder.ts", import.meta.url));
const fixtures = fileURLToPath(new URL("../../fixtures", import.meta.url));

/** What a write may find: each makes the home that it begins with. */
const beginnings: Record<string, (home: string) => Promise<void>> = {
  "no home": async () => {},
  "a state file": async (home) => {
    await addTo(home, "kept");
  },
  "the state file of an old version": async (home) => {
    await mkdir(home);
    await cp(join(fixtures, "state-v2.json"), join(home, "state.json"));
  },
  "the lock and the temp file of a killed writer": async (home) => {
    await addTo(home, "kept");
    await addTo(home, "lost", { at: { point: "file.synced", passing: 1, signal: "SIGKILL" } });
  },
};

const folder = await makeTemporaryFolder("cilo-crash-state-");
after(() => rm(folder, { recursive: true, force: true }));

async function addTo(home: string, name: string, faults: Parameters<typeof toFaultVariables>[0] = {}) {
  const env = { ...process.env, ...toFaultVariables(faults) };
  const result = await exec(process.execPath, ["--disable-warning=ExperimentalWarning", adder, home, name], { env });
  if (faults.at === undefined) assert.equal(result.exitCode, 0, result.stderr);
  return result;
}

function storeOf(home: string): StateStore {
  return createStateStore({ paths: resolvePaths({ CILO_HOME: home }) });
}

async function namesIn(home: string): Promise<string[]> {
  const { hosts } = await storeOf(home).read();
  return Object.values(hosts.local.environments).map(({ name }) => name);
}

const passed = new Set<string>();

for (const [beginning, begin] of Object.entries(beginnings)) {
  const first = join(folder, beginning.replaceAll(" ", "-"));
  await begin(first);
  const recorded = `${first}-recorded`;
  if (beginning !== "no home") await cp(first, recorded, { recursive: true });
  await addTo(recorded, "new", { log: `${first}.log` });
  const instants = toInstants(await readLog(`${first}.log`));
  for (const { point } of instants) passed.add(point);

  describe(`writing state where there is ${beginning}`, { concurrency: 4 }, () => {
    for (const instant of instants) {
      test(`killed at ${instant.point}${instant.passing > 1 ? ` (${instant.passing})` : ""}`, async () => {
        const home = `${first}-${instant.point}-${instant.passing}`;
        if (beginning !== "no home") await cp(first, home, { recursive: true });
        const before = await namesIn(home);

        const { signal } = await addTo(home, "new", { at: { ...instant, signal: "SIGKILL" } });

        assert.equal(signal, "SIGKILL");
        const left = await namesIn(home);
        const isWritten = hasBeenReplaced(instant, instants);
        assert.deepEqual(left, isWritten ? [...before, "new"] : before);
        await storeOf(home).update((draft) => addEnvironment(draft, { id: "next" }));
        assert.deepEqual(await namesIn(home), [...left, "next"]);
        assert.deepEqual(await listLitter(home), []);
        recordCells([
          {
            command: `state write, ${beginning}`,
            instant,
            left: isWritten ? "the new state" : "the state before",
            next: "another write",
            said: "",
            outcome: "done, nothing else left",
          },
        ]);
      });
    }
  });
}

test("no point of a state write is missed, and every point has one place in the source", async () => {
  const points = await listSourcePoints();

  const missed = points.filter((point) => isOfStateWrite(point) && !passed.has(point));
  const repeated = points.filter((point, index) => points.indexOf(point) !== index);

  assert.deepEqual([missed, repeated], [[], []]);
});

/** Whether the last file that was replaced before an instant is the state file: it is the last that a write replaces. */
function hasBeenReplaced(instant: Instant, instants: readonly Instant[]): boolean {
  const lastReplacement = instants.findLastIndex(({ point }) => point === "file.replaced");
  return (
    instants.findIndex(({ point, passing }) => point === instant.point && passing === instant.passing) >=
    lastReplacement
  );
}

/** Everything in a home but the state file, its backup, and what a process that died while it broke a lock holds: the next that has one to break takes it over. */
async function listLitter(home: string): Promise<string[]> {
  const entries = await readdir(home, { recursive: true });
  const isKept = (entry: string) =>
    /^(state\.json|state\.json\.v2\.backup|locks|locks\/state\.lock\.break(\/.*)?)$/.test(entry);
  return entries.filter((entry) => !isKept(entry));
}
