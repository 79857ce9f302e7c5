import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderPruneOutcome, renderPrunePlan } from "../../../src/cli/render/prune.ts";
import { renderSize } from "../../../src/cli/render/size.ts";
import { type PruneItem, toImageItem } from "../../../src/controller/prune-item.ts";

const id = `sha256:${"0123456789ab".repeat(5)}0123`;
const image = toImageItem({
  reference: id,
  cause: "a later build of shop/blue took its name",
  sizeBytes: 5 * 1024 ** 2,
});
const network: PruneItem = {
  ...toImageItem({ reference: "cilo-shop-old_default", cause: "left of shop/old, which is no more", sizeBytes: null }),
  kind: "network",
};

test("the plan says what there is, what it takes, why nobody needs it, and how it goes", () => {
  const text = renderPrunePlan({ items: [network, image] });

  assert.equal(
    text,
    [
      "WHAT     NAME                   SIZE     WHY",
      "network  cilo-shop-old_default           left of shop/old, which is no more",
      "image    sha256:0123456789ab    5.0 MiB  a later build of shop/blue took its name",
      '1 network, 1 image, 5.0 MiB; "cilo prune --yes" removes them',
      "",
    ].join("\n"),
  );
});

test("the outcome says what went", () => {
  const text = renderPruneOutcome({ removed: [image], failed: [] });

  assert.match(text, /\nremoved 1 image, 5\.0 MiB\n$/);
});

test("nothing is said to be nothing", () => {
  assert.equal(renderPrunePlan({ items: [] }), "nothing to remove\n");
  assert.equal(renderPruneOutcome({ removed: [], failed: [] }), "nothing was removed\n");
});

describe("a size", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1024 ** 2 * 12.34, "12.3 MiB"],
    [1024 ** 5, "1024.0 TiB"],
  ];
  for (const [bytes, text] of cases) {
    test(`of ${bytes} bytes is ${text}`, () => {
      assert.equal(renderSize(bytes), text);
    });
  }
});
