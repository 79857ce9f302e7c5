import assert from "node:assert/strict";
import { test } from "node:test";
import { renderPruneOutcome, renderPrunePlan } from "../../../src/cli/render/prune.ts";
import { type PruneItem, toImageItem } from "../../../src/controller/prune/prune-item.ts";

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
  const text = renderPrunePlan({ items: [network, image] }, { allTrash: false });

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

test("what is removed of the whole trash is removed by the command that asks for the whole trash", () => {
  const text = renderPrunePlan({ items: [image] }, { allTrash: true });

  assert.match(text, /\n1 image, 5\.0 MiB; "cilo prune --all-trash --yes" removes it\n$/);
});

test("the outcome says what went", () => {
  const text = renderPruneOutcome({ removed: [image], failed: [] });

  assert.match(text, /\nremoved 1 image, 5\.0 MiB\n$/);
});

test("nothing is said to be nothing", () => {
  assert.equal(renderPrunePlan({ items: [] }, { allTrash: false }), "nothing to remove\n");
  assert.equal(renderPruneOutcome({ removed: [], failed: [] }), "nothing was removed\n");
});
