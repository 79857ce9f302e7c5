import type { EnvironmentReport, ServiceReport } from "../../controller/inspect.ts";
import { commandAfterInterruption } from "../../doctor/interrupted-operation.ts";
import { keyOf } from "../../model/environment.ts";
import { renderTable } from "./table.ts";

/** The table of `cilo list`. */
export function renderEnvironments(environments: readonly EnvironmentReport[]): string {
  if (environments.length === 0) return "";
  return renderTable([
    ["ENVIRONMENT", "STATUS", "SUBNET", "SERVICES", "OPEN"],
    ...environments.map((environment) => [
      keyOf(environment),
      describeStatus(environment),
      environment.subnet,
      countRunning(environment.services),
      ingressUrl(environment) ?? "-",
    ]),
  ]);
}

function describeStatus({ status, operation, interrupted }: EnvironmentReport): string {
  if (interrupted) return `${status} (${interrupted.kind} interrupted)`;
  return operation ? `${status} (${operation.kind})` : status;
}

function countRunning(services: readonly ServiceReport[]): string {
  const meant = services.filter(({ status }) => status !== "off");
  if (meant.length === 0) return "-";
  const up = meant.filter(({ status }) => status === "running" || status === "done").length;
  return meant.some(({ status }) => status === "cached") ? `?/${meant.length}` : `${up}/${meant.length}`;
}

/** The URL worth opening: the ingress service's. */
function ingressUrl(environment: EnvironmentReport): string | null {
  const ingress = environment.services.find((service) => service.ingress);
  return ingress && ingress.addresses.length > 0 ? ingress.url : null;
}

/** What `cilo status` shows of one environment, and `cilo up` at its end. */
export function renderEnvironment(environment: EnvironmentReport): string {
  const facts: [string, string][] = [
    ["environment", keyOf(environment)],
    ["status", environment.status],
    ["workspace", environment.workspace],
    ["source", environment.source],
    ["subnet", environment.subnet],
    ...Object.entries(environment.keptNetworks).map(([key, subnet]): [string, string] => [`network ${key}`, subnet]),
  ];
  if (environment.profiles.length > 0) facts.push(["profiles", environment.profiles.join(", ")]);
  if (environment.lastError !== null) facts.push(["last error", environment.lastError]);
  if (environment.operation) {
    const { kind, pid, step } = environment.operation;
    facts.push(["operation", `${kind} (pid ${pid}), at ${step}`]);
  }
  if (environment.interrupted) {
    const { kind, step } = environment.interrupted;
    const command = commandAfterInterruption(environment.interrupted, keyOf(environment));
    facts.push(["interrupted", `${kind}, at ${step}; run: ${command}`]);
  }
  return `${renderTable(facts)}${renderServices(environment.services)}`;
}

/** One line a service: how it does, where it is. */
export function renderServices(services: readonly ServiceReport[]): string {
  if (services.length === 0) return "";
  const rows = services.map(({ name, status, addresses, hosts, url }) => [
    name,
    status,
    addresses.join(" ") || "-",
    addresses.length === 0 ? "-" : (url ?? hosts[0] ?? "-"),
  ]);
  return `\n${renderTable([["SERVICE", "STATUS", "ADDRESS", "NAME"], ...rows])}`;
}
