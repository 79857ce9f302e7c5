import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { OverrideInput } from "../../src/compose/override/concern.ts";
import { inputOf } from "./model-builder.ts";
import { findProblems, properties } from "./properties/all-properties.ts";
import { faults } from "./properties/faults.ts";
import { findUnstableRendering } from "./properties/rendering.ts";
import { sampleCopies } from "./properties/sample-copies.ts";
import { digestsOf, findTouchedFiles } from "./properties/user-files.ts";

describe("the properties of a copy", () => {
  test("hold for two sound copies", () => {
    assert.deepEqual(findProblems(sampleCopies()), []);
  });

  for (const { property, fault, make, problem } of faults) {
    test(`${property}: complains when ${fault}`, () => {
      const copies = structuredClone(sampleCopies());
      make(copies.a, (name) => copies.a.merged.services[name] ?? {}, copies);

      const found = properties[property](copies).join("\n");

      assert.match(found, problem);
    });
  }

  test("have each been seen to complain", () => {
    const seen = new Set(faults.map(({ property }) => property));

    assert.deepEqual(
      Object.keys(properties).filter((name) => !seen.has(name as keyof typeof properties)),
      [],
    );
  });
});

describe("P10 the user's files", () => {
  test("are missed, found new and found changed, links among them", async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "cilo-files-"));
    t.after(() => rm(directory, { recursive: true }));
    await mkdir(join(directory, "in"));
    for (const name of ["in/changed", "gone", "same"]) await writeFile(join(directory, name), name);
    const before = await digestsOf(directory);

    await writeFile(join(directory, "in/changed"), "else");
    await writeFile(join(directory, "in/new"), "");
    await rm(join(directory, "gone"));

    const problems = findTouchedFiles(before, await digestsOf(directory));
    assert.deepEqual(problems.sort(), ["gone: is gone", "in/changed: has changed", "in/new: is new"]);
  });
});

describe("P11 the text of an override", () => {
  const model = { services: { web: { image: "a" }, db: { image: "b" } } };
  const input = inputOf(model, { addresses: { web: "10.224.3.10", db: "10.224.3.11" } });
  const servicesOf = ({ reading }: OverrideInput) => Object.keys(reading.base.services);
  const cases: [string, (given: OverrideInput) => string, RegExp | null][] = [
    ["is stable", (given) => servicesOf(given).sort().join(), null],
    ["differs each time", () => String(Math.random()), /the same input gives two texts/],
    ["keeps the order of the services", (given) => servicesOf(given).join(), /the order of the parts shows/],
    ["counts with the subnet", (given) => String(given.addresses.web?.length), /another subnet changes more/],
  ];

  for (const [behaviour, render, problem] of cases) {
    test(`${problem === null ? "is accepted" : "is complained about"} when it ${behaviour}`, () => {
      const rendered = (given: OverrideInput) => ({ override: render(given), messages: [] });

      const problems = findUnstableRendering(rendered, input, "10.224.3").join("\n");

      assert.match(problems, problem ?? /^$/);
    });
  }
});
