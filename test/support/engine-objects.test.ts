import assert from "node:assert/strict";
import { test } from "node:test";
import { type EngineObject, objectsOf } from "./engine-objects.ts";

const ours = { marks: ["installation-1", "cilo-shop-blue"], volumes: new Set(["5f2c"]), baseImage: "stand-in" };

function object(kind: EngineObject["kind"], name: string, changes: Partial<EngineObject> = {}): EngineObject {
  return { kind, name, id: "id", marks: name, layers: [], ...changes };
}

test("what has a name or a label of a test, a volume that its containers had, or its base image's layer is the test's", () => {
  const left = [
    object("container", "cilo-shop-blue-web-1"),
    object("network", "front", { marks: "front com.docker.compose.project=cilo-shop-blue" }),
    object("volume", "data", { marks: "data cilo.installation=installation-1" }),
    object("volume", "5f2c"),
    object("image", "stand-in:latest", { layers: ["a"] }),
    object("image", "<none>", { layers: ["a", "b"] }),
  ];
  const others = [
    object("container", "web"),
    object("network", "5f2c"),
    object("volume", "77aa"),
    object("image", "busybox:latest", { layers: ["c"] }),
    object("image", "scratch:latest"),
  ];

  const found = objectsOf(ours, [...others, ...left]);

  assert.deepEqual(found, left.map(({ kind, name, id }) => `${kind} ${name} ${id}`).sort());
});

test("without the base image there is nothing that was made of it", () => {
  assert.deepEqual(
    objectsOf(ours, [object("image", "other:latest"), object("image", "<none>", { layers: ["a"] })]),
    [],
  );
});
