import type { Finding } from "../../model/finding.ts";
import { compareText } from "../model.ts";
import type { OverrideContext } from "../override/concern.ts";

/** Finds volumes of drivers other than the engine's own: where those keep the data, and under which name, only they know. */
export function findVolumeDrivers({ reading }: OverrideContext): Finding[] {
  return Object.entries(reading.base.volumes)
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([key, volume]): Finding[] => {
      const driver = volume?.driver;
      if (typeof driver !== "string" || driver === "" || driver === "local" || volume?.external) return [];
      return [
        {
          rule: "volume-driver",
          action: "kept",
          shared: true,
          level: "note",
          path: ["volumes", key, "driver"],
          statement: `its driver ${driver} may keep the data where every copy finds it, although each has a volume of its own`,
          hint: "see in the driver's documentation whether it tells volumes apart by name",
        },
      ];
    });
}
