import type { ContainerState } from "./engine.ts";

/** What of a container can be had in common with another one; parsed once from its inspection. */
export interface ContainerSetup {
  id: string;
  /** Without the leading slash. */
  name: string;
  labels: Record<string, string>;
  state: ContainerState;
  /** Of one that ended; null while it runs and when it never ran. */
  exitCode: number | null;
  image: string;
  /** "sha256:…" */
  imageId: string;
  /** When it was last started, as the engine writes it; null when it never was. */
  startedAt: string | null;
  /** Of its first process, as the engine's machine counts; null while it does not run. */
  pid: number | null;
  /** As the engine says it: "host", "none", "container:<id>", else a network's name. */
  networkMode: string;
  /** "host", "container:<id>", or something that is the container's own. */
  pidMode: string;
  ipcMode: string;
  privileged: boolean;
  endpoints: ContainerEndpoint[];
  /** Ports of the machine that lead into it: "0.0.0.0:8080->80/tcp". */
  publishedPorts: string[];
  mounts: ContainerMount[];
  /** TCP ports it says it listens on, ascending. */
  exposedPorts: number[];
}

/** A container's place in one network. */
export interface ContainerEndpoint {
  network: string;
  networkId: string;
  /** IPv4 first; none while the container does not run. */
  addresses: string[];
}

/** A directory or file of a container that lives outside it. */
export interface ContainerMount {
  kind: "volume" | "bind" | "other";
  /** The volume's name, or the path on the engine's machine. */
  source: string;
  target: string;
  readOnly: boolean;
}
