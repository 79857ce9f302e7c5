import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { stateCheck } from "../../src/doctor/state-check.ts";
import type { Environment } from "../../src/model/environment.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";
import { makeSurvey, type SurveyChanges, toLines } from "./survey.ts";

let directory = "";
let home = "";
let file = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cilo-state-check-"));
  home = join(directory, "home");
  file = join(home, "state.json");
  await mkdir(home, { mode: 0o700 });
  await writeFile(file, JSON.stringify({ version: 3 }), { mode: 0o600 });
});
afterEach(() => rm(directory, { recursive: true }));

/** What is said, with the directory left out. */
async function check(changes: SurveyChanges = {}): Promise<string[]> {
  const findings = await stateCheck.run(makeSurvey({ home, ...changes }));
  return toLines(findings).map((line) => line.replaceAll(home, "HOME"));
}

const well = "ok: HOME/state.json: revision 1, 1 environment";

describe("the state check", () => {
  test("is content with a file that can be read and is this user's alone", async () => {
    assert.deepEqual(await check(), [well]);
  });

  test("says that nothing was created yet, with and without a directory", async () => {
    await rm(file);
    const without = await check();
    await rm(home, { recursive: true });

    assert.deepEqual(without, ["ok: no HOME/state.json: nothing was created so far"]);
    assert.deepEqual(await check(), ["ok: HOME is yet to be made: nothing was created so far"]);
  });

  test("names what others may look into, with the command that shuts it", async () => {
    await chmod(home, 0o755);
    await chmod(file, 0o640);

    assert.deepEqual(await check(), [
      well,
      "warning: other users may look into HOME (mode 755), HOME/state.json (mode 640) -> chmod go-rwx HOME HOME/state.json",
    ]);
  });

  test("tells what is wrong with the file, and what else there is", async () => {
    await chmod(home, 0o750);
    const broken = new CiloError("CILO_STATE_UNREADABLE", "cannot read it", { hint: "repair it" });

    const lines = await check({ state: () => Promise.reject(broken) });

    assert.deepEqual(lines, [
      "problem: cannot read it",
      "warning: other users may look into HOME (mode 750) -> chmod go-rwx HOME",
    ]);
  });

  test("names the newest backup, and the version that a change will replace", async () => {
    await writeFile(file, JSON.stringify({ version: 2 }));
    await writeFile(`${file}.v1.backup`, "{}");

    assert.deepEqual(await check(), [
      `${well}, backup state.json.v1.backup`,
      "info: HOME/state.json is of version 2: the next change writes version 3 and keeps a backup",
    ]);
  });

  test("misses the backup of a state that was taken over", async () => {
    const migrated = { ...makeEnvironment(), migratedFrom: { version: 2 } } as Environment;

    const lines = await check({ state: async () => makeState([migrated]) });

    assert.deepEqual(lines, [
      well,
      "info: state was taken over from an older version, and the backup made of that is gone",
    ]);
  });

  const own = process.getuid?.() ?? 0;
  test("says whose it is when it is another user's", {
    skip: process.getuid === undefined && "there are no users",
  }, async () => {
    assert.deepEqual(await check({ machine: { userId: own + 1 } }), [
      well,
      `problem: HOME belongs to another user (uid ${own}, this is uid ${own + 1}) -> sudo chown -R "$(id -u):$(id -g)" HOME`,
    ]);
  });

  test("warns root of writing into somebody's home", { skip: own === 0 && "this is root's own" }, async () => {
    const [, warning = ""] = await check({ machine: { userId: 0 } });

    assert.match(warning, /^warning: HOME belongs to uid \d+, and this is root/);
  });

  test("says when nothing can be written", { skip: own === 0 && "root may write anywhere" }, async () => {
    await chmod(home, 0o500);

    const [, problem = ""] = await check();

    assert.match(problem, /^problem: nothing can be written to HOME: EACCES.* -> ls -ld HOME$/);
  });
});
