import { cpus as listCpus, release, type as systemName, totalmem } from "node:os";

/** What figures depend on besides the program: shown with them. */
export interface MachineFacts {
  model: string;
  cpuCount: number;
  memoryGibibytes: number;
  /** "Linux 6.1.0" */
  system: string;
  /** Version of Node.js. */
  node: string;
}

/** Describes the machine that this runs on. */
export function machineFacts(): MachineFacts {
  const cpus = listCpus();
  return {
    model: cpus[0]?.model.trim() ?? "unknown CPU",
    cpuCount: cpus.length,
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    system: `${systemName()} ${release()}`,
    node: process.versions.node,
  };
}

/** "2 x Some CPU, 8 GiB, Linux 6.1.0, Node.js 24.0.0" */
export function formatMachine({ model, cpuCount, memoryGibibytes, system, node }: MachineFacts): string {
  return `${cpuCount} x ${model}, ${memoryGibibytes} GiB, ${system}, Node.js ${node}`;
}
