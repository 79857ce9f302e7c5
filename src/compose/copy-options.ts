/** What a project may choose about its copies (`.cilo/config.yml`). */
export interface CopyOptions {
  /** `preserve`: networks of the project that are `internal` become networks of the environment's own, without a way out. */
  networks: "flatten" | "preserve";
  /** `convert`: services with `network_mode: host` get the environment's network and a name. */
  hostNetwork: "keep" | "convert";
  /** `shared`: images that are built here keep their names, so the copy that built last decides for all. */
  images: "own" | "shared";
  /** Keys of external volumes that stay although something writes to them. */
  keepVolumes: readonly string[];
  /** Services whose container is another's, shared by copies: in this one they start nothing. */
  sharedServices: readonly string[];
}

/** Nothing is shared that can be kept apart, and nothing converted unasked. */
export const defaultCopyOptions: CopyOptions = {
  networks: "flatten",
  hostNetwork: "keep",
  images: "own",
  keepVolumes: [],
  sharedServices: [],
};
