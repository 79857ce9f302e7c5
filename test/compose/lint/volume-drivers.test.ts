import assert from "node:assert/strict";
import { test } from "node:test";
import { findVolumeDrivers } from "../../../src/compose/lint/volume-drivers.ts";
import { contextOf } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const cases: [volume: object | null, isTold: boolean][] = [
  [null, false],
  [{ name: "a" }, false],
  [{ driver: "local", driver_opts: { type: "tmpfs" } }, false],
  [{ driver: "rclone", driver_opts: { remote: "shop:data" } }, true],
  [{ driver: "rclone", external: true }, false],
];

for (const [volume, isTold] of cases) {
  test(`the volume ${JSON.stringify(volume)} is ${isTold ? "its driver's to keep" : "the engine's"}`, () => {
    const findings = findVolumeDrivers(contextOf({ volumes: { data: volume } }));

    assert.deepEqual(placesOf(findings), isTold ? ["note shared volumes.data.driver"] : []);
  });
}
