import { basename, isAbsolute } from "node:path";
import type { Finding } from "../../model/finding.ts";
import { findStandIn, isBeside } from "../beside.ts";
import { type Bind, bindsOf, buildDirectoriesOf } from "../host-paths.ts";
import { compareText, unescapeDollars } from "../model.ts";
import type { ProjectReading } from "../project.ts";
import type { Contribution, OverrideContext } from "./concern.ts";
import { describeWayOut } from "./outside-copy.ts";

/** Tells which directories and sockets of the machine every copy would share; nothing is changed about them. */
export function describeSharedPaths(context: OverrideContext): Contribution {
  return { findings: [...describeBinds(context), ...describeBuildDirectories(context), ...describeDevices(context)] };
}

/** What is told of a path: the way it is shared and what to do. */
type PathFinding = Pick<Finding, "rule" | "shared" | "level" | "statement" | "hint"> & Partial<Pick<Finding, "action">>;

const copyMore = "keep both in one git repository, which is copied as a whole, or give an absolute path";

function describeBinds({ services, reading }: OverrideContext): Finding[] {
  return services.flatMap(({ name, service }) =>
    bindsOf(service).flatMap((bind): Finding[] => {
      const told = describeBind(reading, bind);
      const path = ["services", name, "volumes"];
      return told === null ? [] : [{ action: "kept", ...told, path, item: bind.target }];
    }),
  );
}

function describeBind(reading: ProjectReading, { source, readOnly }: Bind): PathFinding | null {
  const real = reading.realPaths.get(source) ?? source;
  if (leadsToEngine(source) || leadsToEngine(real)) {
    return {
      rule: "docker-socket",
      shared: true,
      level: "warning",
      // A read-only mount keeps the socket from being replaced, not from being talked to.
      statement: `${source} is mounted, so it sees and can change the containers of every copy`,
      hint: null,
    };
  }
  const wayOut = isAbsolute(source) ? describeWayOut(reading, source) : null;
  if (wayOut === null) return null;
  const standIn = findStandIn(reading, source);
  if (standIn !== null) {
    return {
      rule: "missing-bind",
      action: "rewritten",
      shared: false,
      level: "warning",
      statement:
        standIn.workspaceAt === null
          ? `${source} is not in what is copied: the copy has an empty directory of its own in its place`
          : `${source} is around what is copied: the copy has a directory of its own in its place, with its files in ${standIn.workspaceAt}`,
      hint: copyMore,
    };
  }
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

/** Sockets through which a container can ask an engine for anything. */
const engineSockets = new Set(["docker.sock", "podman.sock", "containerd.sock"]);
/** Directories that have one. */
const socketDirectories = new Set(["/", "/run", "/var", "/var/run", "/run/containerd", "/run/podman"]);

function leadsToEngine(path: string): boolean {
  return engineSockets.has(basename(path)) || socketDirectories.has(path);
}

function describeBuildDirectories({ services, reading }: OverrideContext): Finding[] {
  return services.flatMap(({ name, service }) =>
    buildDirectoriesOf(service).flatMap((directory): Finding[] => {
      const wayOut = describeWayOut(reading, directory);
      if (wayOut === null) return [];
      const common = { action: "kept", level: "warning", path: ["services", name, "build"] } as const;
      return isBeside(reading, directory)
        ? [
            {
              ...common,
              rule: "missing-build",
              shared: false,
              statement: `${directory} is not in what is copied, so its image cannot be built`,
              hint: copyMore,
            },
          ]
        : [
            {
              ...common,
              rule: "outside-build",
              shared: true,
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
