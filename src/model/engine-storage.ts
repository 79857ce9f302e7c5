/** Where an engine keeps what containers write, on its own machine. */
export interface EngineStorage {
  /** The directory that all of its data is in; null when it does not say. */
  dataRoot: string | null;
  /** By volume name. */
  volumes: ReadonlyMap<string, VolumePlace>;
}

/** What a volume is on the engine's machine. */
export interface VolumePlace {
  labels: Record<string, string>;
  /** Its directory; null where the volume's driver has none. */
  mountpoint: string | null;
  /**
   * For one of the local driver that stands for a place elsewhere: that place as its options say it ("/srv/data",
   * "10.0.0.5:/export"); else null.
   */
  device: string | null;
}
