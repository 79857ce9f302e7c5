import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import type { CliContext } from "../../src/cli/cli-context.ts";
import { createProgram, runProgram } from "../../src/cli/program.ts";

interface Outcome {
  error: unknown;
  asksForJson: boolean;
}

/** Runs a command line that does not get as far as the controller. */
async function run(args: readonly string[]): Promise<Outcome> {
  const outcome: Outcome = { error: null, asksForJson: false };
  const stream = new PassThrough();
  const cli = {
    terminal: { stdin: stream, stdout: stream, stderr: stream },
    env: {},
    version: "1.2.3",
    self: [],
    setExitCode() {},
    signals: { leaveToChild() {}, isLeftToChild: () => false },
    reportErrorsAsJson() {
      outcome.asksForJson = true;
    },
    controller() {
      throw new CiloError("CILO_LOCKED", "as far as the controller");
    },
  } as unknown as CliContext;
  try {
    await runProgram(cli, args);
  } catch (error) {
    outcome.error = error;
  }
  return outcome;
}

describe("a command line that cannot be understood", () => {
  const cases: [string[], string, string][] = [
    [[], "a command is needed", 'run "cilo --help" for what there is'],
    [["bogus"], "unknown command 'bogus'", 'run "cilo --help"'],
    [["up"], "missing required argument 'environment'", 'run "cilo up --help"'],
    [["dns"], "a command is needed", 'run "cilo dns --help" for what there is'],
    [["dns", "bogus"], "unknown command 'bogus'", 'run "cilo dns --help"'],
    [["dns", "query"], "missing required argument 'name'", 'run "cilo dns query --help"'],
    [["ls", "--bogus"], "unknown option '--bogus'", 'run "cilo list --help"'],
  ];
  for (const [args, message, hint] of cases) {
    test(`"cilo ${args.join(" ")}" gets the hint: ${hint}`, async () => {
      const { error } = await run(args);

      assert.ok(error instanceof CiloError);
      assert.deepEqual([error.code, error.message, error.hint], ["CILO_USAGE", message, hint]);
    });
  }
});

describe("errors are told in JSON", () => {
  const cases: [string[], boolean][] = [
    [["list", "--json"], true],
    [["status", "--json", "login"], true],
    [["status", "--json"], true],
    [["list", "--json", "--bogus"], true],
    [["list"], false],
    [["exec", "login", "web", "ls", "--json"], false],
    [["compose", "login", "ps", "--json"], false],
    [["up", "login", "--json"], false],
    [["bogus", "--json"], false],
  ];
  for (const [args, expected] of cases) {
    test(`${expected ? "for" : "not for"} "cilo ${args.join(" ")}"`, async () => {
      const { error, asksForJson } = await run(args);

      assert.ok(error instanceof CiloError);
      assert.equal(asksForJson, expected);
    });
  }
});

test("what runs Docker Compose for long takes --verbose", async () => {
  const program = await createProgram(
    { terminal: {}, env: {}, version: "1.2.3", self: [] } as unknown as CliContext,
    [],
  );

  const verbose = program.commands.filter(({ options }) => options.some(({ long }) => long === "--verbose"));

  assert.deepEqual(verbose.map((command) => command.name()).sort(), ["destroy", "down", "up"]);
});

test("help is no error", async () => {
  assert.deepEqual(await run(["dns", "query", "--help"]), { error: null, asksForJson: false });
});
