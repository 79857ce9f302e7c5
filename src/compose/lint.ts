import { type Finding, redactFinding } from "../model/finding.ts";
import { advertisedDomain } from "../model/host-names.ts";
import { findShadowingHosts } from "./lint/extra-hosts-shadow.ts";
import { findHardCodedHostPorts } from "./lint/hard-coded-host-port.ts";
import { hostPattern } from "./lint/host-addresses.ts";
import { findHostNamespaces } from "./lint/host-namespace.ts";
import { findLogDrivers } from "./lint/log-drivers.ts";
import { findModels } from "./lint/model-runner.ts";
import { findNetworkOptions } from "./lint/network-options.ts";
import { findPrivilegedContainers } from "./lint/privileged-container.ts";
import { findProviderServices } from "./lint/provider-service.ts";
import { findPublishedPorts } from "./lint/published-ports.ts";
import { findRouterLabels } from "./lint/router-labels.ts";
import type { LintRule } from "./lint/rule.ts";
import { findSecretFiles } from "./lint/secret-files.ts";
import { findSharedBuildCaches } from "./lint/shared-build-cache.ts";
import { findVolumeDrivers } from "./lint/volume-drivers.ts";
import { toEntries } from "./loose-values.ts";
import type { ComposeProject } from "./model.ts";
import { fieldOf } from "./model-secrets.ts";
import type { OverrideContext } from "./override/concern.ts";
import type { Redact } from "./redact.ts";

/** What is looked for besides what the override's concerns tell, in the order in which it is told. */
export const lintRules: readonly LintRule[] = [
  findHardCodedHostPorts,
  findLogDrivers,
  findRouterLabels,
  findSharedBuildCaches,
  findHostNamespaces,
  findPrivilegedContainers,
  findProviderServices,
  findModels,
  findShadowingHosts,
  findSecretFiles,
  findVolumeDrivers,
  findPublishedPorts,
  findNetworkOptions,
];

/**
 * All findings of the rules, without secrets: not to be redacted again, which would mask what is none. Of services that no profile in use turns on there are
 * notes only.
 */
export function lintProject(context: OverrideContext): Finding[] {
  const active = new Set(context.reading.active);
  return lintRules
    .flatMap((rule) => rule(context))
    .map((finding) => {
      const [section, name = ""] = finding.path;
      const level = section === "services" && !active.has(name) ? "note" : finding.level;
      return withoutSecrets({ ...finding, level }, context);
    });
}

/**
 * Masks secrets in what a finding says, but not in keys of the file, nor in addresses of the machine and of the environment: a project with `NODE_ENV=test` and
 * `DB_HOST=localhost` keeps neither word secret.
 */
function withoutSecrets(finding: Finding, { reading, environment }: OverrideContext): Finding {
  const key = keyOf(finding, reading.base);
  const services = Object.keys(reading.base.services).map(escapePattern).join("|");
  const isPublic = new RegExp(
    [
      ...(key === null ? [] : [escapePattern(key)]),
      String.raw`[\w.-]+\.${escapePattern(advertisedDomain(environment))}(?::\d{1,5})?`,
      String.raw`(?:https?|wss?)://(?:${hostPattern})|(?:${hostPattern}):\d{1,5}`,
      String.raw`(?<![\w.-])(?:${services}):\d{1,5}`,
      String.raw`(?<=\s):\d{1,5}`,
      String.raw`\$\{COMPOSE_PROJECT_NAME\}`,
    ].join("|"),
    "g",
  );
  return redactFinding(finding, redactExcept(reading.redact, isPublic));
}

/** Fields whose keys are names; where others have a mapping, it may stand for a list, whose elements are values. */
const namedFields = new Set(["environment", "args", "labels", "models"]);

/** The item where it is a key of the file; what else an item is may be secret. */
function keyOf({ path, item }: Finding, model: ComposeProject): string | null {
  if (item === undefined || !namedFields.has(path.at(-1) ?? "")) return null;
  const field = path.reduce<unknown>(fieldOf, model);
  return toEntries(field).some(([key]) => key === item) ? item : null;
}

function redactExcept(redact: Redact, isPublic: RegExp): Redact {
  return (text) => {
    const shown = [...text.matchAll(isPublic)].map(([match]) => match);
    return text
      .split(isPublic)
      .map((part, index) => redact(part) + (shown[index] ?? ""))
      .join("");
  };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
