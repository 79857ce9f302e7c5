import type { Belongings, Machine } from "../../../src/controller/verify-isolation/machine.ts";
import type { VolumePlace } from "../../../src/model/engine-storage.ts";

interface MachineChanges {
  /** Volumes by name, with what they stand for, or null. */
  devices?: Record<string, string | null>;
  belongings?: Record<string, Partial<Belongings>>;
  /** Where paths lead; null: that cannot be seen. All others lead to themselves. */
  links?: Record<string, string | null>;
  dataRoot?: string | null;
}

/** A machine with the engine's socket at /run/docker.sock and volumes below /var/lib/docker. */
export function makeMachine(changes: MachineChanges = {}): Machine {
  const { devices = {}, belongings = {}, links = {}, dataRoot = "/var/lib/docker" } = changes;
  return {
    dataRoot,
    volumes: new Map(
      Object.entries(devices).map(([name, device]): [string, VolumePlace] => [
        name,
        { labels: {}, mountpoint: `/var/lib/docker/volumes/${name}/_data`, device },
      ]),
    ),
    engineSockets: ["/run/docker.sock"],
    belongings: new Map(
      Object.entries(belongings).map(([key, own]) => [key, { workspace: null, volumes: [], ...own }]),
    ),
    realPaths: new RealPaths(Object.entries(links)),
  };
}

class RealPaths extends Map<string, string | null> {
  override get(path: string): string | null | undefined {
    return this.has(path) ? super.get(path) : path.replace(/(?<=.)\/$/, "");
  }
}
