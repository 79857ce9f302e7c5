import assert from "node:assert/strict";
import { test } from "node:test";
import { type Belongings, describeProtected, planUndo } from "../../../src/controller/trash/plan-undo.ts";
import type { VolumeSurvey } from "../../../src/controller/trash/survey-volumes.ts";

function volume(name: string, changes: Partial<VolumeSurvey> = {}): VolumeSurvey {
  return {
    name,
    anonymous: false,
    labels: {},
    sizeBytes: 100,
    isLarger: false,
    obstacle: null,
    isElsewhere: false,
    ...changes,
  };
}

const work = { unsaved: [], left: [], sizeBytes: 300 };

test("saves what there is room for, the workspace's work first and small volumes before large ones", () => {
  const belongings: Belongings = {
    work,
    standInBytes: 100,
    volumes: [
      volume("large", { sizeBytes: 500 }),
      volume("small"),
      volume("huge", { isLarger: true, sizeBytes: 1_000 }),
    ],
  };

  const plan = planUndo(belongings, 1_000);

  assert.deepEqual([plan.work, plan.standIns, plan.volumes], [true, true, ["small", "large"]]);
  assert.deepEqual(plan.leftOut, [
    {
      what: "volume huge",
      why: "it has more than 1000 bytes, and there is room for 1000 bytes in all (trash.max_size_mb)",
    },
  ]);
});

test("a volume that cannot be saved is left out with its reason", () => {
  const belongings = { work: null, standInBytes: 0, volumes: [volume("nfs", { obstacle: "why", isElsewhere: true })] };

  const plan = planUndo(belongings, 1_000);

  assert.deepEqual(plan, {
    work: false,
    standIns: false,
    volumes: [],
    leftOut: [{ what: "volume nfs", why: "why" }],
  });
});

test("protects work, data, and what nobody can look into, but not what stays where it is", () => {
  const unsaved = [
    {
      path: "libs/x",
      uncommitted: { count: 4, examples: ["a", "b", "c"] },
      commits: { count: 1, examples: ["1a2b3c4 fix"] },
    },
  ];

  const lines = describeProtected({
    work: { ...work, unsaved },
    standInBytes: 2_000,
    volumes: [
      volume("data"),
      volume("huge", { sizeBytes: 5_000_000, isLarger: true }),
      volume("plugin", { sizeBytes: null, obstacle: "x" }),
      volume("bind", { sizeBytes: null, obstacle: "x", isElsewhere: true }),
    ],
  });

  assert.deepEqual(lines, [
    "4 uncommitted files in libs/x: a, b, c, …",
    "1 commit in libs/x that nothing else has: 1a2b3c4 fix",
    "2.0 KiB in directories beside the workspace",
    "volume data with data (100 bytes)",
    "volume huge with data (more than 4.8 MiB)",
    "volume plugin with data",
  ]);
});
