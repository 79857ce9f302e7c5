import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { choosePlaces, countPositions } from "../../../src/controller/verify-isolation/places.ts";
import { makeMember, makeSubject } from "./make-subject.ts";

function namespaces(...networks: string[]) {
  const members = networks.map((network, index) => makeMember(`c${index}`, network, `10.224.0.${index + 10}`));
  return makeSubject("blue", members).namespaces;
}

describe("choosePlaces", () => {
  for (const [what, networks, limits, chosen] of [
    ["all where they are few", ["a", "a", "b"], { maxPlaces: 8, maxPositions: 8 }, ["c0", "c2", "c1"]],
    ["one of each position first", ["a", "a", "a", "b", "c"], { maxPlaces: 3, maxPositions: 8 }, ["c0", "c3", "c4"]],
    [
      "more than the limit where there are more positions",
      ["a", "b", "c"],
      { maxPlaces: 1, maxPositions: 8 },
      ["c0", "c1", "c2"],
    ],
    ["no more positions than may be", ["a", "b", "c"], { maxPlaces: 1, maxPositions: 2 }, ["c0", "c1"]],
    ["none of none", [], { maxPlaces: 1, maxPositions: 2 }, []],
  ] as const) {
    test(`takes ${what}`, () => {
      assert.deepEqual(
        choosePlaces(namespaces(...networks), limits).map(({ owner }) => owner.name),
        [...chosen],
      );
    });
  }

  test("a position is the set of networks, in whatever order the engine names them", () => {
    assert.equal(countPositions(namespaces("a", "b", "a")), 2);
  });
});
