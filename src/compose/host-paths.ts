import { isAbsolute } from "node:path";
import { toEntries } from "./loose-values.ts";
import { type ComposeProject, type ComposeService, unescapeDollars } from "./model.ts";
import { fieldOf } from "./model-secrets.ts";

/** A directory, file or socket of the machine that a service mounts. */
export interface Bind {
  /** As the model has it; a short form in a model without variables may be relative. */
  source: string;
  /** Where the container sees it. */
  target: string;
  readOnly: boolean;
}

/** The bind mounts of a service. */
export function bindsOf({ volumes }: ComposeService): Bind[] {
  return (volumes ?? []).flatMap((entry): Bind[] => {
    if (typeof entry === "string") return parseShortBind(entry);
    if (entry.type !== "bind" || !entry.source) return [];
    const target = unescapeDollars(entry.target ?? "");
    return [{ source: unescapeDollars(entry.source), target, readOnly: entry.read_only === true }];
  });
}

/** Only models read without variables have the short form left. */
function parseShortBind(text: string): Bind[] {
  const [source = "", target, mode = ""] = text.split(":");
  if (target === undefined || !/^[./~]/.test(source)) return [];
  const place = unescapeDollars(target);
  return [{ source: unescapeDollars(source), target: place, readOnly: mode.split(",").includes("ro") }];
}

/** Directories of this machine that a service's image is built from; contexts of other kinds are URLs or references. */
export function buildDirectoriesOf({ build }: ComposeService): string[] {
  const additional = build && "additional_contexts" in build ? build.additional_contexts : null;
  const entries: unknown[] = typeof additional === "object" && additional !== null ? Object.values(additional) : [];
  // A list has `name=path`.
  const others = Array.isArray(additional) ? entries.map((entry) => String(entry).replace(/^[^=]*=/, "")) : entries;
  return [build?.context, ...others]
    .filter((path) => typeof path === "string")
    .map(unescapeDollars)
    .filter(isAbsolute);
}

/** The files that secrets or configs come from. */
function filesOf(section: unknown): string[] {
  return toEntries(section).flatMap(([, item]) => {
    const file = fieldOf(item, "file");
    return typeof file === "string" ? [unescapeDollars(file)] : [];
  });
}

/** Every absolute path of the machine that containers of the project can see or are built from. */
export function hostPathsOf(model: ComposeProject): string[] {
  const services = Object.values(model.services);
  const devices = Object.values(model.volumes).map((volume) =>
    unescapeDollars(String(volume?.driver_opts?.device ?? "")),
  );
  const paths = [
    ...services.flatMap((service) => bindsOf(service).map(({ source }) => source)),
    ...services.flatMap(buildDirectoriesOf),
    ...devices,
    ...[model.secrets, model.configs].flatMap(filesOf),
  ];
  return [...new Set(paths.filter(isAbsolute))];
}
