import assert from "node:assert/strict";
import { test } from "node:test";
import { takeOverArchives } from "../../../src/controller/trash/take-over-archives.ts";
import { type OperationKind, operationKinds } from "../../../src/model/environment.ts";
import type { RuntimeProvider } from "../../../src/runtime/provider.ts";
import { makeEnvironment } from "../../support/environment.ts";

const expected: Record<OperationKind | "none", boolean> = {
  none: false,
  create: true,
  up: false,
  down: false,
  destroy: true,
  migrate: false,
};

for (const kind of ["none", ...operationKinds] as const) {
  test(`after an interrupted ${kind} there ${expected[kind] ? "may be" : "are no"} archives to remove`, async () => {
    const environment = makeEnvironment();
    const removed: Record<string, string>[] = [];
    const volumes = { removeLeft: async (labels: Record<string, string>) => void removed.push(labels) };
    const journal = { pid: 41, startTime: "1", bootId: "2", child: null, step: "begin", startedAt: "" };
    const interrupted = kind === "none" ? null : { kind, ...journal };

    await takeOverArchives({
      engine: { volumes } as unknown as RuntimeProvider,
      installation: "of-ours",
      environment,
      operation: { interrupted },
    });

    const labels = { "cilo.installation": "of-ours", "cilo.archive": environment.id };
    assert.deepEqual(removed, expected[kind] ? [labels] : []);
  });
}
