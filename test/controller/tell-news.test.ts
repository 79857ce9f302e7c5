import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { ControllerEvent } from "../../src/controller/context.ts";
import { tellNews } from "../../src/controller/tell-news.ts";
import type { Finding } from "../../src/model/finding.ts";

type Options = Parameters<typeof tellNews>;

const environment = { project: "shop", name: "blue", projectPath: "" } as Options[1]["environment"];

function finding(rule: string, statement: string, level: Finding["level"] = "warning"): Finding {
  return { rule, action: "kept", shared: true, level, path: ["services", "web"], statement, hint: null };
}

const socket = finding("docker-socket", "has the socket");
const bind = finding("outside-bind", "has a directory");

describe("what there is to warn of", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "cilo-news-test-"));
    await mkdir(join(home, "shop", "blue"), { recursive: true });
  });
  afterEach(() => rm(home, { recursive: true }));

  /** What is told of a project that has these, one start after another. */
  async function tell(findings: Finding[], warnings: string[] = []): Promise<string[]> {
    const events: ControllerEvent[] = [];
    const paths = { envs: home, generated: home } as Options[0]["paths"];
    const read = { files: [], userLayer: null, directory: home, warnings } as unknown as Options[1]["read"];
    await tellNews({ paths, emit: (event) => events.push(event) }, { environment, read, findings });
    return events.map((event) => (event.type === "warning" ? event.text : event.type));
  }

  test("is told once, and again with all the rest as soon as there is more", async () => {
    const first = await tell([socket], ["a setting is fixed"]);
    const second = await tell([socket], ["a setting is fixed"]);
    const third = await tell([socket, bind], ["a setting is fixed"]);

    assert.deepEqual(first, ["a setting is fixed", "service web: has the socket"]);
    assert.deepEqual(second, []);
    assert.deepEqual(third, [...first, "service web: has a directory"]);
  });

  test("is told again after it was gone for a while", async () => {
    await tell([socket]);
    await tell([]);

    assert.deepEqual(await tell([socket]), ["service web: has the socket"]);
  });

  test("does not count notes", async () => {
    await tell([socket]);

    assert.deepEqual(await tell([socket, finding("x", "to know", "note")]), []);
  });

  test("is told every time where nothing would run", async () => {
    const nothing = finding("nothing-active", "nothing starts");
    await tell([nothing, socket]);

    assert.deepEqual(await tell([nothing, socket]), ["service web: nothing starts"]);
  });

  test("is remembered in a file of the user's alone", async () => {
    await tell([socket]);

    assert.equal((await stat(join(home, "shop", "blue", "told"))).mode & 0o777, 0o600);
  });
});
