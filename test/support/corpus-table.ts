import type { CorpusCase } from "./corpus-cases.ts";
import type { Model, ModelService } from "./stand-in-model.ts";

/** What became of a project. */
export interface CorpusRow {
  title: string;
  /** Services that run, of all there are; null when Compose did not take the project. */
  services: number | null;
  features: string[];
  /** How two copies did: "yes", or why not. */
  twoCopies: string;
  /** What `up` told of for one of the copies. */
  warnings: string[];
}

/** The rows as a Markdown table. */
export function renderCorpusTable(rows: readonly CorpusRow[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const lines = rows.map(({ title, services, features, twoCopies, warnings }) =>
    [title, services === null ? "-" : String(services), features.join(", "), twoCopies, shorten(warnings).join("; ")]
      .map(cell)
      .join(" | "),
  );
  const head = ["project | services | features | two copies up | warned of or refused", "---|---|---|---|---"];
  return `${[...head, ...lines].map((line) => `| ${line} |`).join("\n")}\n`;
}

/** Those that differ in the services and paths only are one, with their number. */
function shorten(warnings: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const warning of warnings) {
    const sentence = warning.replace(/^services? .+?: /, "").replace(/\/[^\s,;:"]*\/(?=[^/\s,;:"])/g, ".../");
    const short = sentence.length > 120 ? `${sentence.slice(0, 117)}...` : sentence;
    counts.set(short, (counts.get(short) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
}

type Feature = (service: ModelService) => boolean;

const serviceFeatures: Record<string, Feature> = {
  profiles: ({ profiles }) => (profiles ?? []).length > 0,
  container_name: ({ container_name: name }) => name !== undefined,
  hostname: ({ hostname }) => hostname !== undefined,
  "2+ networks": ({ networks }) => Object.keys(networks ?? {}).length > 1,
  "static ip": ({ networks }) => Object.values(networks ?? {}).some((network) => network?.ipv4_address),
  aliases: ({ networks }) => Object.values(networks ?? {}).some((network) => network?.aliases),
  "net host": ({ network_mode: mode }) => mode === "host",
  "net none": ({ network_mode: mode }) => mode === "none",
  "net service:": ({ network_mode: mode }) => mode?.startsWith("service:") ?? false,
  links: ({ links }) => (links ?? []).length > 0,
  external_links: ({ external_links: links }) => (links ?? []).length > 0,
  volumes_from: ({ volumes_from: from }) => from !== undefined,
  "pid/ipc": ({ pid, ipc }) => pid !== undefined || ipc !== undefined,
  dns: ({ dns }) => dns !== undefined,
  extra_hosts: ({ extra_hosts: hosts }) => hosts !== undefined,
  secrets: ({ secrets }) => secrets !== undefined,
  configs: ({ configs }) => configs !== undefined,
  "replicas/scale>1": ({ deploy, scale }) => (deploy?.replicas ?? scale ?? 1) > 1,
  build: ({ build }) => build !== undefined,
  "build+image": ({ build, image }) => build !== undefined && image !== undefined,
  "healthcheck deps": dependsOn("service_healthy"),
  "completed deps": dependsOn("service_completed_successfully"),
  "docker.sock": ({ volumes }) => (volumes ?? []).some(({ source }) => source?.endsWith("docker.sock")),
};

function dependsOn(condition: string): Feature {
  return ({ depends_on: dependencies }) =>
    Object.values(dependencies ?? {}).some((dependency) => dependency.condition === condition);
}

/** What a project uses of Compose that copies of it might stumble over. */
export function featuresOf({ files }: CorpusCase, model: Model): string[] {
  const services = Object.values(model.services);
  const networks = Object.values(model.networks ?? {});
  const volumes = Object.values(model.volumes ?? {});
  return [
    ...(files.length > 1 ? ["multi-f"] : []),
    ...Object.entries(serviceFeatures).flatMap(([name, has]) => (services.some(has) ? [name] : [])),
    ...(networks.some(({ external }) => external) ? ["external net"] : []),
    ...(networks.some(({ internal }) => internal) ? ["internal"] : []),
    ...(networks.some(({ ipam }) => ipam?.config) ? ["fixed subnet"] : []),
    ...(volumes.some(({ external }) => external) ? ["external vol"] : []),
    ...(volumes.some(({ driver_opts: options }) => options) ? ["vol driver_opts"] : []),
  ];
}
