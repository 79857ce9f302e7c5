import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import {
  changesContainers,
  findServicesWithoutAddress,
  makesContainers,
  refuseRedirection,
} from "../../src/controller/compose-arguments.ts";

describe("findServicesWithoutAddress", () => {
  const cases: [string[], string[]][] = [
    [["run", "web"], ["web"]],
    [["run", "--rm", "-e", "A=web2", "web", "sh", "db"], ["web"]],
    [["--profile", "web", "run", "db"], ["db"]],
    [
      ["up", "-d", "--scale", "web=3", "--scale=db=2"],
      ["web", "db"],
    ],
    [["up", "-d", "--scale", "web=1"], []],
    [["scale", "web=2"], ["web"]],
    [["ps", "web"], []],
    [["run", "--help"], []],
    [[], []],
  ];
  for (const [args, expected] of cases) {
    test(`"${args.join(" ")}" leaves ${expected.length === 0 ? "every address" : expected.join(" and ")}`, () => {
      assert.deepEqual(findServicesWithoutAddress(args, ["db", "web"]), expected);
    });
  }
});

describe("changesContainers", () => {
  const cases: [string[], boolean][] = [
    [["down", "-v"], true],
    [["--profile", "down", "ps"], false],
    [["--ansi=never", "stop"], true],
    [["logs", "up"], false],
    [["run", "web", "up"], false],
    [[], false],
  ];
  for (const [args, expected] of cases) {
    test(`"${args.join(" ")}" ${expected ? "changes" : "does not change"} containers`, () => {
      assert.equal(changesContainers(args), expected);
    });
  }
});

describe("makesContainers", () => {
  const cases: [string[], boolean][] = [
    [["up", "-d"], true],
    [["--profile", "x", "create"], true],
    [["run", "--rm", "web"], true],
    [["scale", "web=2"], true],
    [["start"], false],
    [["down"], false],
    [["exec", "web", "up"], false],
    [[], false],
  ];
  for (const [args, expected] of cases) {
    test(`"${args.join(" ")}" ${expected ? "makes" : "makes no"} containers`, () => {
      assert.equal(makesContainers(args), expected);
    });
  }
});

describe("refuseRedirection", () => {
  const refused = [
    ["-p", "other", "down"],
    ["--project-name=other", "ps"],
    ["-pother", "down"],
    ["--workdir", "/x", "-p", "other", "down"],
    ["--an-option-of-tomorrow", "-p", "x", "down"],
  ];
  for (const args of refused) {
    test(`refuses "${args.join(" ")}"`, () => {
      assert.throws(
        () => refuseRedirection(args),
        (error: unknown) => error instanceof CiloError && error.exitCode === 2,
      );
    });
  }

  for (const args of [
    ["run", "-p", "80:80", "web"],
    ["--profile", "dev", "--ansi=never", "--dry-run", "up"],
  ]) {
    test(`leaves "${args.join(" ")}" alone`, () => {
      assert.doesNotThrow(() => refuseRedirection(args));
    });
  }
});
