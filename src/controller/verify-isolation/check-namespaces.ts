import type { ContainerSetup } from "../../model/container-setup.ts";
import { type Check, type CheckFinding, toCheck } from "./check.ts";
import { countContainers } from "./check-ports.ts";
import type { Subject } from "./subject.ts";

interface Kind {
  field: "network_mode" | "pid" | "ipc";
  modeOf(container: ContainerSetup): string;
  /** What comes of it when it is the machine's; a clause. */
  consequence: string;
}

const kinds: readonly Kind[] = [
  {
    field: "network_mode",
    modeOf: ({ networkMode }) => networkMode,
    consequence: "its ports are the machine's, and every container's address is in its reach",
  },
  { field: "pid", modeOf: ({ pidMode }) => pidMode, consequence: "it sees every process of the other environment" },
  { field: "ipc", modeOf: ({ ipcMode }) => ipcMode, consequence: "it has the machine's shared memory" },
];

/** No container lives in the machine's namespaces or in those of a container that is not its own environment's. */
export function checkNamespaces(subjects: readonly Subject[]): Check {
  const findings = subjects.flatMap((subject) =>
    subject.containers.flatMap((container) => [
      ...kinds.flatMap((kind) => toFinding(kind, container, { subject, subjects })),
      ...toPrivilegedNote(container, subject),
    ]),
  );
  return toCheck("namespaces", { findings, summary: `${countContainers(subjects)} containers` });
}

function toFinding(
  kind: Kind,
  container: ContainerSetup,
  { subject, subjects }: { subject: Subject; subjects: readonly Subject[] },
): CheckFinding[] {
  const mode = kind.modeOf(container);
  const details = { container: container.name, environment: subject.key, field: kind.field, mode };
  if (mode === "host") {
    return [
      {
        status: "failed",
        message: `container ${container.name} of ${subject.key} has ${kind.field}: host: ${kind.consequence}`,
        hint: `take ${kind.field}: host out of the service`,
        details,
      },
    ];
  }
  const joined = /^container:(.+)$/.exec(mode)?.[1];
  if (joined === undefined || findContainer(subject, joined)) return [];
  const owner = subjects.find((other) => findContainer(other, joined));
  return [
    {
      status: "failed",
      message: `container ${container.name} of ${subject.key} has ${kind.field}: container:${nameIn(subjects, joined)}, ${owner ? `which is ${owner.key}'s` : "which every copy would share"}`,
      hint: `let ${kind.field} name a service of the project: "service:NAME"`,
      details,
    },
  ];
}

/** `container:` is followed by an id, whole or cut, or by a name. */
function findContainer({ containers }: Subject, reference: string): ContainerSetup | undefined {
  return containers.find(
    ({ id, name }) => name === reference || (/^[0-9a-f]{12,}$/.test(reference) && id.startsWith(reference)),
  );
}

function nameIn(subjects: readonly Subject[], reference: string): string {
  const found = subjects.map((subject) => findContainer(subject, reference)).find((container) => container);
  return found?.name ?? reference.slice(0, 12);
}

function toPrivilegedNote(container: ContainerSetup, { key }: Subject): CheckFinding[] {
  if (!container.privileged) return [];
  return [
    {
      status: "note",
      message: `container ${container.name} of ${key} is privileged: what runs in it can leave it if it tries to`,
      hint: null,
      details: { container: container.name, environment: key, privileged: true },
    },
  ];
}
