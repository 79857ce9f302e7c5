import type { Finding } from "../../model/finding.ts";
import { isTrue, toEntries, toTexts } from "../loose-values.ts";
import type { ComposeService } from "../model.ts";
import { fieldOf } from "../model-secrets.ts";
import type { OverrideContext } from "../override/concern.ts";

/** Capabilities that reach what is not inside the container (capabilities(7)). */
const wideCapabilities = new Set(
  "ALL SYS_ADMIN SYS_BOOT SYS_MODULE SYS_PTRACE SYS_RAWIO SYS_TIME SYSLOG BPF PERFMON DAC_READ_SEARCH".split(" "),
);
/** Capabilities over the network namespace, which is the copy's own unless it is the machine's. */
const networkCapabilities = new Set(["NET_ADMIN", "NET_RAW", "NET_BROADCAST"]);
/** Devices that every opener has to itself. */
const statelessDevices = new Set([
  "/dev/net/tun",
  "/dev/fuse",
  "/dev/kvm",
  "/dev/null",
  "/dev/zero",
  "/dev/random",
  "/dev/urandom",
]);

type Told = Pick<Finding, "path" | "item" | "shared" | "statement">;

/** Finds rights over the machine and its devices; all are kept, and none is a copy's own. */
export function findPrivilegedContainers({ services }: OverrideContext): Finding[] {
  return services.flatMap(({ name, service, mode }) =>
    [
      ...tellOfPrivileges(service),
      ...tellOfCapabilities(service, mode.kind === "host"),
      ...tellOfDevices(service),
      ...tellOfGpus(service),
    ].map(
      (told): Finding => ({
        rule: "privileged-container",
        action: "kept",
        level: "note",
        hint: null,
        ...told,
        path: ["services", name, ...told.path],
      }),
    ),
  );
}

function tellOfPrivileges(service: ComposeService): Told[] {
  const effect = "it can reach all of the machine, every copy included";
  return [
    ...(isTrue(service.privileged)
      ? [{ path: ["privileged"], shared: true, statement: `privileged is kept: ${effect}` }]
      : []),
    ...(isTrue(fieldOf(service.build, "privileged"))
      ? [
          {
            path: ["build", "privileged"],
            shared: true,
            statement: `build.privileged is kept: while it is built ${effect}`,
          },
        ]
      : []),
  ];
}

function tellOfCapabilities(service: ComposeService, isOnHost: boolean): Told[] {
  return toTexts(service.cap_add).flatMap((given) => {
    const capability = given.toUpperCase().replace(/^CAP_/, "");
    const told = { path: ["cap_add"], item: given };
    if (wideCapabilities.has(capability)) {
      return [
        { ...told, shared: true, statement: `cap_add ${given} is kept: it reaches beyond the container and the copy` },
      ];
    }
    if (!networkCapabilities.has(capability)) return [];
    const network = isOnHost ? "the machine's network, which every copy has" : "the copy's own network only";
    return [{ ...told, shared: isOnHost, statement: `cap_add ${given} is kept: it is for ${network}` }];
  });
}

function tellOfDevices(service: ComposeService): Told[] {
  const devices: unknown[] = Array.isArray(service.devices) ? service.devices : [];
  const rules = toTexts(service.device_cgroup_rules);
  return [
    ...devices.flatMap((device): Told[] => {
      const source = typeof device === "string" ? device.split(":")[0] : fieldOf(device, "source");
      if (typeof source !== "string" || statelessDevices.has(source)) return [];
      const statement = `device ${source} is kept: it is the machine's, and the same for every copy`;
      return [{ path: ["devices"], item: source, shared: true, statement }];
    }),
    ...(rules.length === 0
      ? []
      : [
          {
            path: ["device_cgroup_rules"],
            shared: true,
            statement: "device_cgroup_rules are kept: the devices are the machine's, and the same for every copy",
          },
        ]),
  ];
}

function tellOfGpus(service: ComposeService): Told[] {
  const reserved = fieldOf(fieldOf(fieldOf(service.deploy, "resources"), "reservations"), "devices");
  const devices = toEntries(Array.isArray(reserved) ? { ...reserved } : reserved).map(([, device]) => device);
  const isGpu = (device: unknown) => toTexts(fieldOf(device, "capabilities")).includes("gpu");
  const statement = "the machine's GPUs are kept: every copy has the same, with their memory and time";
  return [
    ...(service.gpus === undefined || service.gpus === null ? [] : [{ path: ["gpus"], shared: true, statement }]),
    ...(devices.some(isGpu)
      ? [{ path: ["deploy", "resources", "reservations", "devices"], shared: true, statement }]
      : []),
  ];
}
