import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findGarbageImages, type ImageSurroundings } from "../../../src/controller/prune/prune-images.ts";
import type { ImageFacts } from "../../../src/model/engine.ts";
import type { Operation } from "../../../src/model/environment.ts";
import { labelsOfArchive, labelsOfEnvironment } from "../../../src/model/labels.ts";
import { makeEnvironment, makeState } from "../../support/environment.ts";

const blue = makeEnvironment({ builtImages: ["sha256:recorded"] });
const gone = { id: "id-gone", project: "shop", name: "gone" };
const installation = makeState([]).installation;
const labelStep = `/bin/sh -c #(nop)  LABEL cilo=true cilo.installation=${installation}`;

function imageOf(changes: Partial<ImageFacts>, owner = gone): ImageFacts {
  return { id: "sha256:one", tags: [], labels: labelsOfEnvironment(installation, owner), sizeBytes: 100, ...changes };
}

function find(images: readonly ImageFacts[], changes: Partial<ImageSurroundings> = {}) {
  const nothing = { containers: [], origins: new Map(), formerlyBuilt: new Set<string>() };
  return findGarbageImages({ state: makeState([blue]), images, ...nothing, ...changes });
}

describe("a nameless image", () => {
  const operation: Operation = {
    kind: "up",
    pid: 1,
    startTime: "1",
    bootId: "1",
    child: null,
    step: "compose-up",
    startedAt: "2026-11-20T12:00:00.000Z",
  };
  const cases: { what: string; image: ImageFacts; changes?: Partial<ImageSurroundings>; cause: string | null }[] = [
    {
      what: "that was written down as built goes",
      image: imageOf({ id: "sha256:recorded" }, blue),
      cause: "a later build of shop/blue took its name",
    },
    {
      what: "that the trash knows as built for an environment that is gone goes",
      image: imageOf({}),
      changes: { formerlyBuilt: new Set(["sha256:one"]) },
      cause: "built for shop/gone, which is no more",
    },
    {
      what: "whose last step put our labels on goes",
      image: imageOf({}),
      changes: { origins: new Map([["sha256:one", { createdBy: labelStep, comment: "" }]]) },
      cause: "built for shop/gone, which is no more",
    },
    {
      what: "that volumes were copied with goes",
      image: imageOf({ labels: labelsOfArchive(installation, gone, new Date(0)) }),
      changes: { origins: new Map([["sha256:one", { createdBy: "", comment: "Imported from -" }]]) },
      cause: "made to copy volumes of shop/gone, and left behind",
    },
    {
      what: "committed from one of our containers stays",
      image: imageOf({}),
      changes: { origins: new Map([["sha256:one", { createdBy: "httpd -f", comment: "" }]]) },
      cause: null,
    },
    {
      what: "that may be built on one of ours stays",
      image: imageOf({}),
      changes: { origins: new Map([["sha256:one", { createdBy: "ENV MINE=1", comment: "buildkit.dockerfile.v0" }]]) },
      cause: null,
    },
    {
      what: "that a container was made from stays",
      image: imageOf({ id: "sha256:recorded" }, blue),
      changes: { containers: [{ imageId: "sha256:recorded" }] },
      cause: null,
    },
    {
      what: "of another installation stays",
      image: imageOf({ labels: labelsOfEnvironment("22222222-2222-4222-8222-222222222222", gone) }),
      changes: { formerlyBuilt: new Set(["sha256:one"]) },
      cause: null,
    },
    {
      what: "of an environment that is being worked on stays",
      image: imageOf({ id: "sha256:recorded" }, blue),
      changes: { state: makeState([{ ...blue, operation }]) },
      cause: null,
    },
  ];
  for (const { what, image, changes, cause } of cases) {
    test(what, () => {
      const { garbage } = find([image], changes);

      const expected = cause === null ? [] : [{ reference: image.id, cause, sizeBytes: 100 }];
      assert.deepEqual(garbage, expected);
    });
  }

  test("that may be somebody's is counted", () => {
    const { doubtful } = find([imageOf({}), imageOf({ id: "sha256:recorded" }, blue)]);

    assert.equal(doubtful, 1);
  });
});

describe("an image with a name", () => {
  test("of an environment that is gone loses the names that cilo gave it, and no others", () => {
    const tags = ["cilo-shop-gone-web:latest", "mine:latest", "cilo-shop-gone/app:dev"];

    const { garbage } = find([imageOf({ tags })]);

    assert.deepEqual(garbage, [
      { reference: "cilo-shop-gone-web:latest", cause: "built for shop/gone, which is no more", sizeBytes: null },
      { reference: "cilo-shop-gone/app:dev", cause: "built for shop/gone, which is no more", sizeBytes: null },
    ]);
  });

  test("says what becomes free with its last one", () => {
    const { garbage } = find([imageOf({ tags: ["cilo-shop-gone-a:latest", "cilo-shop-gone-b:latest"] })]);

    assert.deepEqual(
      garbage.map(({ sizeBytes }) => sizeBytes),
      [null, 100],
    );
  });

  test("of an environment that is there stays", () => {
    const { garbage } = find([imageOf({ tags: ["cilo-shop-blue-web:latest"] }, blue)]);

    assert.deepEqual(garbage, []);
  });

  test("that begins like another environment's stays", () => {
    const { garbage } = find([imageOf({ tags: ["cilo-shop-gonewest:latest"] })]);

    assert.deepEqual(garbage, []);
  });
});
