import { isAbsolute } from "node:path";
import { type ComposeProject, type ComposeService, unescapeDollars } from "./model.ts";

/** A directory, file or socket of the machine that a service mounts. */
export interface Bind {
  /** As the model has it; a short form in a model without variables may be relative. */
  source: string;
  readOnly: boolean;
}

/** The bind mounts of a service. */
export function bindsOf({ volumes }: ComposeService): Bind[] {
  return (volumes ?? []).flatMap((entry): Bind[] => {
    if (typeof entry === "string") return parseShortBind(entry);
    if (entry.type !== "bind" || !entry.source) return [];
    return [{ source: unescapeDollars(entry.source), readOnly: entry.read_only === true }];
  });
}

/** Only models read without variables have the short form left. */
function parseShortBind(text: string): Bind[] {
  const [source = "", target, mode = ""] = text.split(":");
  if (target === undefined || !/^[./~]/.test(source)) return [];
  return [{ source: unescapeDollars(source), readOnly: mode.split(",").includes("ro") }];
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
  ];
  return [...new Set(paths.filter(isAbsolute))];
}
