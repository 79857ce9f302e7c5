import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CliContext } from "../../src/cli/cli-context.ts";
import { chooseCommands, commandTable } from "../../src/cli/command-table.ts";

const cli = { terminal: {}, env: {}, version: "1.2.3", self: [] } as unknown as CliContext;

describe("the table of commands", () => {
  for (const { name, alias, load } of commandTable) {
    test(`says what "${name}" says of itself`, async () => {
      const command = await load(cli);

      assert.deepEqual([command.name(), command.alias()], [name, alias]);
    });
  }
});

describe("of the commands", () => {
  const cases: { args: string[]; chosen: string }[] = [
    { args: ["list"], chosen: "list" },
    { args: ["ls", "--json"], chosen: "list" },
    { args: ["exec", "login", "web", "ls"], chosen: "exec" },
    { args: ["create", "--help"], chosen: "create" },
  ];
  for (const { args, chosen } of cases) {
    test(`only "${chosen}" is read for "cilo ${args.join(" ")}"`, () => {
      const entries = chooseCommands(args);

      assert.deepEqual(
        entries.map(({ name }) => name),
        [chosen],
      );
    });
  }

  for (const args of [[], ["--help"], ["help", "create"], ["--help", "create"], ["bogus"], ["--bogus", "list"]]) {
    test(`all are read for "${["cilo", ...args].join(" ")}"`, () => {
      assert.equal(chooseCommands(args), commandTable);
    });
  }
});
