import { basename, dirname, isAbsolute } from "node:path";
import { bindsOf, buildDirectoriesOf } from "../host-paths.ts";
import { isOutside } from "../is-outside.ts";
import { compareText, unescapeDollars } from "../model.ts";
import type { Contribution, OverrideContext } from "./concern.ts";
import { describeWayOut } from "./outside-copy.ts";

/** Tells which directories and sockets of the machine every copy would share; nothing is changed about them. */
export function warnOfSharedPaths(context: OverrideContext): Contribution {
  return { warnings: [...warnOfBinds(context), ...warnOfBuildDirectories(context), ...warnOfDevices(context)] };
}

function warnOfBinds({ services, reading }: OverrideContext): string[] {
  return services.flatMap(({ name, service }) =>
    bindsOf(service).flatMap(({ source, readOnly }) => {
      const real = reading.realPaths.get(source) ?? source;
      if (basename(source) === "docker.sock" || basename(real) === "docker.sock") {
        return [`service ${name}: ${source} is mounted, so it sees and can change the containers of every copy`];
      }
      if (describeWayOut(reading, source) !== null && isBeside(reading.workspaceRoot, source)) {
        return [
          `service ${name}: ${source} is not in the copy, and Docker makes an empty directory of it; copy the directory that holds both, or give an absolute path`,
        ];
      }
      const wayOut = readOnly || !isAbsolute(source) ? null : describeWayOut(reading, source);
      return wayOut === null ? [] : [`service ${name}: ${wayOut} and can be written, so every copy shares it`];
    }),
  );
}

/** A relative path such as `../data` leads to beside the copy, where what is beside the source is not. */
function isBeside(workspaceRoot: string, source: string): boolean {
  const workspaces = dirname(dirname(workspaceRoot));
  return dirname(workspaces) !== workspaces && !isOutside(source, workspaces) && isOutside(source, workspaceRoot);
}

function warnOfBuildDirectories({ services, reading }: OverrideContext): string[] {
  return services.flatMap(({ name, service }) =>
    buildDirectoriesOf(service).flatMap((directory) => {
      const wayOut = describeWayOut(reading, directory);
      return wayOut === null
        ? []
        : [`service ${name}: ${wayOut} and its image is built from there, so every copy builds the same files`];
    }),
  );
}

/** A named volume may stand for a directory of the machine, or of another one. */
function warnOfDevices({ reading }: OverrideContext): string[] {
  return Object.keys(reading.base.volumes)
    .sort(compareText)
    .flatMap((key) => {
      const given = reading.base.volumes[key]?.driver_opts?.device;
      if (typeof given !== "string" || given === "" || given === "tmpfs") return [];
      const device = unescapeDollars(given);
      const wayOut = isAbsolute(device) ? describeWayOut(reading, device) : `${device} is outside the copy`;
      return wayOut === null ? [] : [`volume ${key}: driver_opts.device ${wayOut}, so every copy shares it`];
    });
}
