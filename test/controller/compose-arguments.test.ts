import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { changesContainers, findOneOffService, refuseRedirection } from "../../src/controller/compose-arguments.ts";

describe("findOneOffService", () => {
  const cases: [string[], string | null][] = [
    [["run", "web"], "web"],
    [["run", "--rm", "-e", "A=web2", "web", "sh"], "web"],
    [["--profile", "web", "run", "db"], "db"],
    [["ps", "web"], null],
    [["run", "--help"], null],
    [[], null],
  ];
  for (const [args, expected] of cases) {
    test(`"${args.join(" ")}" is ${expected === null ? "no one-off" : `a one-off of ${expected}`}`, () => {
      assert.equal(findOneOffService(args, ["db", "web"]), expected);
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

describe("refuseRedirection", () => {
  for (const args of [
    ["-p", "other", "down"],
    ["--project-name=other", "ps"],
    ["-pother", "down"],
  ]) {
    test(`refuses "${args.join(" ")}"`, () => {
      assert.throws(
        () => refuseRedirection(args),
        (error: unknown) => error instanceof CiloError && error.exitCode === 2,
      );
    });
  }

  test("leaves a command's own -p alone", () => {
    assert.doesNotThrow(() => refuseRedirection(["run", "-p", "80:80", "web"]));
  });
});
