import { exec } from "../../src/base/exec.ts";

/** The fields of a service in Compose's canonical model that standing in for it, or judging it, asks for. */
export interface ModelService {
  image?: string;
  build?: {
    context: string;
    dockerfile?: string;
    dockerfile_inline?: string;
    target?: string;
    additional_contexts?: Record<string, string>;
  };
  container_name?: string;
  hostname?: string;
  entrypoint?: string[] | null;
  user?: string;
  healthcheck?: { disable?: boolean } & Record<string, unknown>;
  depends_on?: Record<string, { condition: string }>;
  volumes?: { type: string; source?: string; target: string; read_only?: boolean }[];
  networks?: Record<string, { aliases?: string[]; ipv4_address?: string } | null>;
  network_mode?: string;
  links?: string[];
  external_links?: string[];
  scale?: number;
  deploy?: { replicas?: number };
  profiles?: string[];
  [field: string]: unknown;
}

/** A file or a name that a secret or config is taken from. */
export interface ModelSource {
  name?: string;
  file?: string;
  /** Name of the variable that has it. */
  environment?: string;
  external?: boolean;
}

/** What `docker compose config --format json` says of a project. */
export interface Model {
  services: Record<string, ModelService>;
  networks?: Record<string, { name?: string; external?: boolean; internal?: boolean; ipam?: { config?: unknown[] } }>;
  volumes?: Record<string, { name?: string; external?: boolean; driver_opts?: object }>;
  secrets?: Record<string, ModelSource>;
  configs?: Record<string, ModelSource>;
}

export interface ModelRequest {
  directory: string;
  /** Relative to the directory. */
  files: readonly string[];
  profiles: readonly string[];
}

/** Compose's own reading of a project, named like its directory. @throws ComposeRefusal with Compose's own words. */
export async function readCanonicalModel({ directory, files, profiles }: ModelRequest): Promise<Model> {
  const flags = [
    ...files.flatMap((file) => ["--file", file]),
    ...profiles.flatMap((profile) => ["--profile", profile]),
  ];
  const args = ["compose", ...flags, "config", "--format", "json"];
  const result = await exec("docker", args, { cwd: directory, timeoutMs: 60_000 });
  if (result.exitCode !== 0) throw new ComposeRefusal(result.stderr.trim());
  return JSON.parse(result.stdout);
}

/** Compose does not take the project. */
export class ComposeRefusal extends Error {
  override name = "ComposeRefusal";

  /** Whether it is an older Compose that does not know a field of it. */
  get isForNewerCompose(): boolean {
    return /additional propert(y|ies) .+ not allowed/i.test(this.message);
  }
}
