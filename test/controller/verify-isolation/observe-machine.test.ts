import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { checkBinds } from "../../../src/controller/verify-isolation/check-binds.ts";
import { checkVolumes } from "../../../src/controller/verify-isolation/check-volumes.ts";
import { observeMachine } from "../../../src/controller/verify-isolation/observe-machine.ts";
import type { ContainerMount } from "../../../src/model/container-setup.ts";
import type { VolumePlace } from "../../../src/model/engine-storage.ts";
import { makeMember, makeSubject } from "./make-subject.ts";

const installation = "11111111-1111-4111-8111-111111111111";

describe("observeMachine", () => {
  let directory: string;
  before(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-machine-")));
    for (const path of ["real/sub", "data/volumes/db/_data", "envs/blue", "envs/green"]) {
      await mkdir(join(directory, path), { recursive: true });
    }
    await writeFile(join(directory, "engine.sock"), "");
    for (const [target, path] of [
      ["engine.sock", "link.sock"],
      ["real", "link"],
      ["data", "root"],
      ["envs", "home"],
    ] as const) {
      await symlink(target, join(directory, path));
    }
  });
  after(() => rm(directory, { recursive: true }));

  /** The statuses of binds and volumes with these mounts in blue and green; "@" in them is the directory. */
  async function judge(first: string | null, second: string | null, host = "unix://@/engine.sock") {
    const at = (text: string) => text.replace("@", directory);
    const subjectOf = (name: string, mount: string | null) => {
      const [source = "", mode] = mount?.split(":") ?? [];
      const kind = source.startsWith("@") ? "bind" : "volume";
      const mounts: ContainerMount[] = [{ kind, source: at(source), target: "/x", readOnly: mode === "ro" }];
      const changes = mount === null ? {} : { mounts };
      return makeSubject(name, [makeMember(`${name}-web`, `${name}_default`, "10.224.0.10", changes)]);
    };
    const subjects = [subjectOf("blue", first), subjectOf("green", second)] as const;
    const volume = (name: string, device: string | null, labels = {}): [string, VolumePlace] => [
      name,
      { labels, mountpoint: at(`@/data/volumes/${name}/_data`), device },
    ];
    const labels = { "cilo.id": subjects[1].environment.id, "cilo.installation": installation };
    const machine = await observeMachine(subjects, {
      storage: {
        dataRoot: at("@/root"),
        volumes: new Map([
          volume("db", null, labels),
          volume("slash", at("@/real/")),
          volume("sub", at("@/link/sub")),
          volume("lost", at("@/nothing")),
        ]),
      },
      endpoint: at(host),
      installation,
      workspaces: new Map(["blue", "green"].map((name) => [`shop/${name}`, at(`@/home/${name}`)])),
    });
    return [checkBinds(...subjects, machine).status, checkVolumes(...subjects, machine).status];
  }

  for (const [what, first, second, expected] of [
    ["a link to the engine's socket", "@/link.sock:ro", null, ["failed", "ok"]],
    ["a link and its target", "@/link", "@/real:ro", ["failed", "ok"]],
    ["a volume that stands for a directory and a bind of it", "slash", "@/real:ro", ["failed", "ok"]],
    ["volumes that stand for places one inside the other", "slash", "sub", ["ok", "failed"]],
    ["the other's volume as a directory", "@/data/volumes/db/_data", null, ["failed", "ok"]],
    ["the engine's data by its other name", "@/data:ro", null, ["failed", "ok"]],
    ["the other's workspace by its other name", "@/envs/green:ro", null, ["failed", "ok"]],
    ["the own workspace", "@/envs/blue", "@/envs/green", ["ok", "ok"]],
    ["a path that is not there", "@/nothing", null, ["unproven", "ok"]],
    ["a volume that stands for one", null, "lost", ["ok", "unproven"]],
  ] as const) {
    test(`${what}: binds ${expected[0]}, volumes ${expected[1]}`, async () => {
      assert.deepEqual(await judge(first, second), expected);
    });
  }

  test("of an engine on another machine only what is shared by its spelling is known", async () => {
    const remote = "tcp://127.0.0.1:2376";

    assert.deepEqual(await judge("@/real", "@/real", remote), ["failed", "ok"]);
    assert.deepEqual(await judge("@/real", null, remote), ["unproven", "ok"]);
    assert.deepEqual(await judge("db", "slash", remote), ["ok", "unproven"]);
    assert.deepEqual(await judge("db", null, remote), ["ok", "ok"]);
  });
});
