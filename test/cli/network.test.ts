import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { makeEnvironment, makeState } from "../support/environment.ts";
import { createHome, type Home, runCli } from "./in-process.ts";

describe("cilo network without an engine", () => {
  let home: Home;
  before(async () => {
    home = await createHome(makeState([makeEnvironment()], { baseSubnet: "10.224.0.0/22" }));
  });
  after(() => home[Symbol.asyncDispose]());

  test("shows what state knows, and says what is left out of account", async () => {
    const { exitCode, stdout, stderr } = await runCli(["network", "status"], home);

    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^base subnet 10\.224\.0\.0\/22: 3 of 4 subnets are free\n\nENVIRONMENT /);
    assert.match(stdout, /^shop\/blue +default +10\.224\.0\.0\/24 +ok$/m);
    assert.match(stderr, /networks of the engine are left out of account: .*no-engine\.sock/);
  });

  test("says all that as JSON", async () => {
    const { stdout } = await runCli(["network", "status", "--json"], home);

    const { schema, pools, environments, warnings, pending, engineProblem } = JSON.parse(stdout);
    assert.deepEqual(
      [schema, pools[0].cidr, pools[0].size, environments[0].networks[0].engineSubnets, warnings],
      [1, "10.224.0.0/22", 4, null, []],
    );
    assert.deepEqual(pending, { baseSubnet: null, keptBaseSubnet: null });
    assert.match(engineProblem, /no-engine\.sock/);
  });

  test("moves nothing", async () => {
    const { exitCode, stdout, stderr } = await runCli(["network", "migrate", "--yes"], home);

    assert.deepEqual([exitCode, stdout], [3, ""]);
    assert.match(stderr, /CILO_ENGINE_UNREACHABLE/);
  });

  const wrong: [args: string[], message: RegExp][] = [
    [
      ["--to", "10.224.1.0/24"],
      /--to is the subnet of one environment, .*\nhint: run "cilo network migrate --env NAME --to 10\.224\.1\.0\/24"$/m,
    ],
    [["--timeout", "never"], /--timeout is a whole number/],
  ];
  for (const [args, message] of wrong) {
    test(`refuses network migrate ${args.join(" ")}`, async () => {
      const { exitCode, stderr } = await runCli(["network", "migrate", ...args], home);

      assert.equal(exitCode, 2);
      assert.match(stderr, message);
    });
  }

  test("tells what is wrong in config.yml, and takes nothing of it", async () => {
    await writeFile(home.paths.configFile, "network:\n  base_subnet: 8.8.0.0/16\n  kept_base_subnet: 10.9.0.0/25\n");

    const { exitCode, stderr } = await runCli(["network", "status"], home);

    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /config\.yml:2:16: network\.base_subnet is "8\.8\.0\.0\/16", which is not private; allowed is/,
    );
    assert.match(
      stderr,
      /config\.yml:3:21: network\.kept_base_subnet is "10\.9\.0\.0\/25", which has no room for a \/24/,
    );
  });
});
