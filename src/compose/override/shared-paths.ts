import { basename, isAbsolute } from "node:path";
import { isOutside } from "../is-outside.ts";
import { compareText, unescapeDollars } from "../model.ts";
import type { Contribution, OverrideContext } from "./concern.ts";

/** Tells which directories and sockets of the machine every copy would share; nothing is changed about them. */
export function warnOfSharedPaths(context: OverrideContext): Contribution {
  return { warnings: [...warnOfBinds(context), ...warnOfDevices(context)] };
}

function warnOfBinds({ services, reading }: OverrideContext): string[] {
  return services.flatMap(({ name, service }) =>
    (service.volumes ?? []).flatMap((entry) => {
      const mount = typeof entry === "string" ? parseShortBind(entry) : entry;
      if (mount?.type !== "bind" || !mount.source) return [];
      const source = unescapeDollars(mount.source);
      if (basename(source) === "docker.sock") {
        return [`service ${name}: ${source} is mounted, so it sees and can change the containers of every copy`];
      }
      if (mount.read_only || !isAbsolute(source) || !isOutside(source, reading.workspaceRoot)) return [];
      return [`service ${name}: ${source} is outside the copy and can be written, so every copy shares it`];
    }),
  );
}

/** Only models read without variables have the short form left. */
function parseShortBind(text: string): { type: string; source?: string; read_only?: boolean } | null {
  const [source = "", target, mode = ""] = text.split(":");
  if (target === undefined || !/^[./~]/.test(source)) return null;
  return { type: "bind", source, read_only: mode.split(",").includes("ro") };
}

/** A named volume may stand for a directory of the machine, or of another one. */
function warnOfDevices({ reading }: OverrideContext): string[] {
  return Object.keys(reading.base.volumes)
    .sort(compareText)
    .flatMap((key) => {
      const device = reading.base.volumes[key]?.driver_opts?.device;
      if (typeof device !== "string" || device === "" || device === "tmpfs") return [];
      if (isAbsolute(device) && !isOutside(device, reading.workspaceRoot)) return [];
      return [
        `volume ${key}: driver_opts.device ${unescapeDollars(device)} is outside the copy, so every copy shares it`,
      ];
    });
}
