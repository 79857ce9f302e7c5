import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EngineFacts } from "../../../src/model/engine.ts";
import { findObstacle } from "../../../src/runtime/docker/reachability.ts";

const local: Omit<EngineFacts, "unreachableBecause"> = {
  endpoint: "unix:///var/run/docker.sock",
  id: "an id",
  version: "28.5.2",
  operatingSystem: "Debian GNU/Linux 12 (bookworm)",
  rootless: false,
};

describe("findObstacle", () => {
  const cases: { name: string; facts: Partial<EngineFacts>; platform?: NodeJS.Platform; reason: RegExp | null }[] = [
    { name: "an engine of this Linux machine", facts: {}, reason: null },
    { name: "an engine of this machine over tcp", facts: { endpoint: "tcp://127.0.0.1:2375" }, reason: null },
    { name: "OrbStack", facts: { operatingSystem: "OrbStack" }, platform: "darwin", reason: null },
    { name: "Docker Desktop on Linux", facts: { operatingSystem: "Docker Desktop" }, reason: /^Docker Desktop/ },
    {
      name: "Docker Desktop on macOS",
      facts: { operatingSystem: "Docker Desktop" },
      platform: "darwin",
      reason: /^Docker Desktop/,
    },
    {
      name: "colima",
      facts: { operatingSystem: "Ubuntu 24.04 LTS" },
      platform: "darwin",
      reason: /on macOS.*Ubuntu 24\.04/,
    },
    { name: "a rootless engine", facts: { rootless: true }, reason: /rootless/ },
    {
      name: "another machine's engine",
      facts: { endpoint: "tcp://192.0.2.7:2376" },
      reason: /192\.0\.2\.7.*another machine/,
    },
  ];
  for (const { name, facts, platform = "linux", reason } of cases) {
    test(`${name} has ${reason === null ? "routable" : "no routable"} addresses`, () => {
      const obstacle = findObstacle({ ...local, ...facts }, platform);

      if (reason === null) assert.equal(obstacle, null);
      else assert.match(obstacle ?? "", reason);
    });
  }
});
