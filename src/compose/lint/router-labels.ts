import type { Finding } from "../../model/finding.ts";
import { isFixed, type OverrideContext } from "../override/concern.ts";

type Values = Readonly<Record<string, string | null>>;

/** A kind of reverse proxy that takes its routes from the containers it sees on the engine, whichever copy they belong to. */
interface Router {
  field: "labels" | "environment";
  /** The first key that claims the same in every copy; null when none does. */
  claimOf(values: Values, probe: Values): string | null;
  statement: string;
  hint: string;
}

const projectName = "${COMPOSE_PROJECT_NAME}";

const routers: readonly Router[] = [
  {
    field: "labels",
    claimOf: claimOfTraefik,
    statement:
      "its labels give Traefik the same routers, rules or services in every copy, and a Traefik that sees several copies takes them for one",
    hint: `limit the project's Traefik to its copy with --providers.docker.constraints=Label(\`com.docker.compose.project\`,\`${projectName}\`), or put ${projectName} into the names and hosts`,
  },
  {
    field: "labels",
    claimOf: (values, probe) => findFixed(values, probe, /^caddy(_\d+)?$/),
    statement:
      "its labels ask for the same site in every copy, and a caddy-docker-proxy that sees several copies serves one with all",
    hint: `put ${projectName} into the site's name`,
  },
  {
    field: "environment",
    claimOf: (values, probe) => findFixed(values, probe, /^(VIRTUAL_HOST|VIRTUAL_HOST_MULTIPORTS|LETSENCRYPT_HOST)$/),
    statement:
      "it asks for the same host in every copy, and an nginx-proxy that sees several copies serves one with all",
    hint: `put ${projectName} into the host's name`,
  },
];

/** Finds rules for reverse proxies that copies would claim together. They are kept: only the user knows which router reads them. */
export function findRouterLabels(context: OverrideContext): Finding[] {
  const { services, reading } = context;
  return services.flatMap(({ name, service }) =>
    routers.flatMap(({ field, claimOf, statement, hint }): Finding[] => {
      const key = claimOf(service[field] ?? {}, reading.probe.services[name]?.[field] ?? {});
      if (key === null || (claimOf === claimOfTraefik && hasLimitedTraefik(context))) return [];
      const path = ["services", name, field];
      return [
        { rule: "router-labels", action: "kept", shared: true, level: "warning", path, item: key, statement, hint },
      ];
    }),
  );
}

/** Names of routers and services are in the keys, hosts in the rules; each makes copies one (doc.traefik.io, Docker provider; v1 has frontends). */
function claimOfTraefik(values: Values, probe: Values): string | null {
  if (values["traefik.enable"] === "false") return null;
  const probeRules = new Set(Object.entries(probe).flatMap(([key, value]) => (isTraefikRule(key) ? [value] : [])));
  // The rule says most to whoever reads the finding.
  const entries = Object.entries(values).sort(([a], [b]) => Number(isTraefikRule(b)) - Number(isTraefikRule(a)));
  const claim = entries.find(([key, value]) => {
    const isNamed = /^traefik\.(http|tcp|udp)\.(routers|services)\./i.test(key) && Object.hasOwn(probe, key);
    return isNamed || (isTraefikRule(key) && probeRules.has(value));
  });
  return claim?.[0] ?? null;
}

function isTraefikRule(key: string): boolean {
  return /^traefik\.(?:(?:http|tcp)\.routers\.[^.]+\.rule|(?:[^.]+\.)?frontend\.rule)$/i.test(key);
}

/** Whether the project's own Traefik is told to look at one copy alone. */
function hasLimitedTraefik({ services, reading }: OverrideContext): boolean {
  const settings = ({ command, environment }: { command?: unknown; environment?: unknown }) =>
    JSON.stringify([command, environment]);
  return services.some(({ name, service }) => {
    const probe = reading.probe.services[name];
    return (
      /docker\.constraints|DOCKER_CONSTRAINTS/.test(settings(service)) && settings(service) !== settings(probe ?? {})
    );
  });
}

function findFixed(values: Values, probe: Values, pattern: RegExp): string | null {
  return (
    Object.keys(values).find((key) => pattern.test(key) && values[key] !== "" && isFixed(values[key], probe[key])) ??
    null
  );
}
