import { basename, dirname, isAbsolute } from "node:path";
import type { Finding } from "../finding.ts";
import { type Bind, bindsOf, buildDirectoriesOf } from "../host-paths.ts";
import { isOutside } from "../is-outside.ts";
import { compareText, unescapeDollars } from "../model.ts";
import type { ProjectReading } from "../project.ts";
import type { Contribution, OverrideContext } from "./concern.ts";
import { describeWayOut } from "./outside-copy.ts";

/** Tells which directories and sockets of the machine every copy would share; nothing is changed about them. */
export function describeSharedPaths(context: OverrideContext): Contribution {
  return { findings: [...describeBinds(context), ...describeBuildDirectories(context), ...describeDevices(context)] };
}

/** What is told of a path: the way it is shared and what to do. */
type PathFinding = Pick<Finding, "rule" | "shared" | "level" | "statement" | "hint">;

function describeBinds({ services, reading }: OverrideContext): Finding[] {
  return services.flatMap(({ name, service }) =>
    bindsOf(service).flatMap((bind): Finding[] => {
      const told = describeBind(reading, bind);
      const path = ["services", name, "volumes"];
      return told === null ? [] : [{ ...told, action: "kept", path, item: basename(bind.source) }];
    }),
  );
}

function describeBind(reading: ProjectReading, { source, readOnly }: Bind): PathFinding | null {
  const real = reading.realPaths.get(source) ?? source;
  if (basename(source) === "docker.sock" || basename(real) === "docker.sock") {
    return {
      rule: "docker-socket",
      shared: true,
      level: "warning",
      statement: `${source} is mounted, so it sees and can change the containers of every copy`,
      hint: null,
    };
  }
  const wayOut = isAbsolute(source) || isBeside(reading.workspaceRoot, source) ? describeWayOut(reading, source) : null;
  if (wayOut !== null && isBeside(reading.workspaceRoot, source)) {
    return {
      rule: "missing-bind",
      shared: false,
      level: "warning",
      statement: `${source} is not in the copy, and Docker makes an empty directory of it`,
      hint: "copy the directory that holds both, or give an absolute path",
    };
  }
  if (wayOut === null) return null;
  return readOnly
    ? {
        rule: "outside-bind",
        shared: true,
        level: "note",
        statement: `${wayOut}; it is mounted read-only, so copies see the same files and cannot change them`,
        hint: null,
      }
    : {
        rule: "outside-bind",
        shared: true,
        level: "warning",
        statement: `${wayOut} and can be written, so every copy shares it`,
        hint: null,
      };
}

/** A relative path such as `../data` leads to beside the copy, where what is beside the source is not. */
function isBeside(workspaceRoot: string, source: string): boolean {
  const workspaces = dirname(dirname(workspaceRoot));
  return dirname(workspaces) !== workspaces && !isOutside(source, workspaces) && isOutside(source, workspaceRoot);
}

function describeBuildDirectories({ services, reading }: OverrideContext): Finding[] {
  return services.flatMap(({ name, service }) =>
    buildDirectoriesOf(service).flatMap((directory): Finding[] => {
      const wayOut = describeWayOut(reading, directory);
      if (wayOut === null) return [];
      return [
        {
          rule: "outside-build",
          action: "kept",
          shared: true,
          level: "warning",
          path: ["services", name, "build"],
          statement: `${wayOut} and its image is built from there, so every copy builds the same files`,
          hint: null,
        },
      ];
    }),
  );
}

/** A named volume may stand for a directory of the machine, or of another one. */
function describeDevices({ reading }: OverrideContext): Finding[] {
  return Object.keys(reading.base.volumes)
    .sort(compareText)
    .flatMap((key): Finding[] => {
      const given = reading.base.volumes[key]?.driver_opts?.device;
      if (typeof given !== "string" || given === "" || given === "tmpfs") return [];
      const device = unescapeDollars(given);
      const wayOut = isAbsolute(device) ? describeWayOut(reading, device) : `${device} is outside the copy`;
      if (wayOut === null) return [];
      return [
        {
          rule: "volume-device",
          action: "kept",
          shared: true,
          level: "warning",
          path: ["volumes", key, "driver_opts"],
          statement: `driver_opts.device ${wayOut}, so every copy shares it`,
          hint: null,
        },
      ];
    });
}
