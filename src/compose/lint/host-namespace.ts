import type { Finding } from "../../model/finding.ts";
import { fieldOf } from "../model-secrets.ts";
import type { OverrideContext } from "../override/concern.ts";

/** What a service has in common with the machine, and so with every copy, when the field says `host`. */
const namespaces: readonly { field: readonly string[]; shared: boolean; effect: string }[] = [
  { field: ["pid"], shared: true, effect: "it sees the processes of the machine, those of every copy among them" },
  { field: ["ipc"], shared: true, effect: "it has its shared memory in common with the machine and every copy" },
  { field: ["uts"], shared: true, effect: "it has the machine's host name, and every copy has the same" },
  { field: ["userns_mode"], shared: false, effect: "its users are those of the machine" },
  {
    field: ["cgroup"],
    shared: true,
    effect: "it sees the control groups of the machine, those of every copy among them",
  },
  {
    field: ["build", "network"],
    shared: true,
    effect: "its image is built in the machine's network, as in every copy",
  },
];

/** Finds services that are in a namespace of the machine; it is kept, as what they do depends on it. */
export function findHostNamespaces({ services }: OverrideContext): Finding[] {
  return services.flatMap(({ name, service }) =>
    namespaces
      .filter(({ field }) => field.reduce<unknown>(fieldOf, service) === "host")
      .map(
        ({ field, shared, effect }): Finding => ({
          rule: "host-namespace",
          action: "kept",
          shared,
          level: "note",
          path: ["services", name, ...field],
          statement: `${field.join(".")} host is kept: ${effect}`,
          hint: null,
        }),
      ),
  );
}
