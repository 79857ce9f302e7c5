import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseStorage } from "../../../src/runtime/docker/storage.ts";

describe("parseStorage", () => {
  test("has the place of every volume, and the one elsewhere that one of the local driver stands for", () => {
    const volume = (Name: string, Options: Record<string, string> | null, Driver = "local") => ({
      Name,
      Driver,
      Mountpoint: `/volumes/${Name}/_data`,
      Labels: { "cilo.id": "e1" },
      Options,
    });

    const { dataRoot, volumes } = parseStorage(
      { DockerRootDir: "/var/lib/docker" },
      {
        Volumes: [
          volume("plain", null),
          volume("bound", { type: "none", o: "bind", device: "/srv/data" }),
          volume("nfs", { type: "nfs", o: "addr=10.0.0.5,rw", device: ":/export" }),
          volume("memory", { type: "tmpfs", device: "tmpfs" }),
          volume("plugin", { device: "/x" }, "rexray"),
        ],
      },
    );

    assert.equal(dataRoot, "/var/lib/docker");
    assert.deepEqual(
      [...volumes].map(([name, { device }]) => [name, device]),
      [
        ["plain", null],
        ["bound", "/srv/data"],
        ["nfs", "10.0.0.5:/export"],
        ["memory", null],
        ["plugin", null],
      ],
    );
    assert.deepEqual(volumes.get("plain"), {
      labels: { "cilo.id": "e1" },
      mountpoint: "/volumes/plain/_data",
      device: null,
    });
  });

  test("does without what engines leave out or null", () => {
    assert.deepEqual(parseStorage({}, { Volumes: null }), { dataRoot: null, volumes: new Map() });
    assert.deepEqual(parseStorage({}, { Volumes: [{ Name: "x", Labels: null }] }).volumes.get("x"), {
      labels: {},
      mountpoint: null,
      device: null,
    });
  });
});
