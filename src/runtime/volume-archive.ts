import type { Readable } from "node:stream";

/** What there is to know of a volume before it is copied. */
export interface VolumeDetails {
  name: string;
  labels: Record<string, string>;
  driver: string;
  /**
   * Whether its contents are on the engine's machine and nowhere else: not those of another driver, nor of a mounted
   * place (`driver_opts`).
   */
  isOwn: boolean;
}

/**
 * Volumes that can be read and written, through a container that is never started. Disposing of it removes that
 * container and its image.
 */
export interface OpenVolumes extends AsyncDisposable {
  /** A volume's contents as a tar archive: the directory `data` with owners, modes, links, and times to the second. */
  read(name: string, signal: AbortSignal): Promise<Readable>;
  /** Puts such an archive into a volume. Rejects when the engine refuses a part of it. */
  write(name: string, archive: Readable, signal: AbortSignal): Promise<void>;
}

/** What cilo asks of an engine to save volumes and to bring them back. Errors are those of `RuntimeProvider`. */
export interface VolumeArchive {
  /** Null when there is no such volume. */
  inspect(name: string): Promise<VolumeDetails | null>;
  /** Makes an empty volume of the local driver. */
  create(volume: { name: string; labels: Record<string, string> }): Promise<void>;
  /**
   * Opens volumes that are there. Nothing of an image's is needed: its own is made of nothing.
   * @param labels of the container and the image
   */
  open(names: readonly string[], labels: Record<string, string>): Promise<OpenVolumes>;
  /** Removes containers and images that `open` made with these labels and a process that was killed left behind. */
  removeLeft(labels: Record<string, string>): Promise<void>;
}
