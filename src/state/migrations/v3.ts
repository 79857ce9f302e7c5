import * as v from "valibot";
import { type Environment, emptyService, keyOf, type Service } from "../../model/environment.ts";
import { toComposeProjectName } from "../../model/names.ts";
import { defaultSuffix, emptyState } from "../../model/state.ts";
import { isJsonObject, recordOf } from "../schema-parts.ts";
import { renameEnvironments } from "./old-names.ts";
import { isServiceAddress, parseBaseSubnet, repairSubnets } from "./old-subnets.ts";

/** What a migration cannot work out from the file, so that it stays a pure function. */
export interface MigrationContext {
  /** The id of this installation, which the old file did not have. */
  installation: string;
  /** Makes an id; equal seeds give equal ids. */
  createId(seed: string): string;
}

// Go writes empty maps, lists and pointers as null.
const version2ServiceSchema = v.looseObject({
  ip: v.nullish(v.string(), ""),
  is_ingress: v.nullish(v.boolean(), false),
  hostnames: v.nullish(v.array(v.string()), []),
});

const version2EnvironmentSchema = v.looseObject({
  name: v.nullish(v.string(), ""),
  project: v.nullish(v.string(), ""),
  created_at: v.nullish(v.string(), ""),
  subnet: v.nullish(v.string(), ""),
  dns_suffix: v.nullish(v.string(), ""),
  source: v.nullish(v.string(), ""),
  services: v.nullish(recordOf(version2ServiceSchema), {}),
  shared_networks: v.nullish(v.array(v.string()), []),
  uses_shared_services: v.nullish(v.array(v.string()), []),
});

const anyObjectSchema = v.nullish(v.custom<Record<string, unknown>>(isJsonObject, "expected an object"), {});

/** What is read of version 2, the Go program's last file. */
export const version2Schema = v.looseObject({
  base_subnet: v.nullish(v.string(), ""),
  dns_port: v.nullish(v.number(), 0),
  shared_networks: anyObjectSchema,
  shared_services: anyObjectSchema,
  hosts: v.nullish(
    v.looseObject({
      local: v.nullish(v.looseObject({ environments: v.nullish(recordOf(version2EnvironmentSchema), {}) })),
    }),
  ),
});

type OldState = v.InferOutput<typeof version2Schema>;
type OldEnvironment = v.InferOutput<typeof version2EnvironmentSchema>;
type OldService = v.InferOutput<typeof version2ServiceSchema>;

/**
 * Version 2, the Go program's file, to 3. Its environments are kept as stopped ones with an id of their own; what their containers were
 * called and where they answered is not, for those containers are not ours. `migratedFrom` keeps the key and the subnet they had, by which the old
 * containers, networks and workspaces (envs/<key>) are found. Fields not named here stay as they are.
 *
 * BEFORE
 *
 *     { "version": 2, "base_subnet": "10.224.", "dns_port": 5354, "subnet_counter": 1,
 *       "hosts": { "local": { "id": "local", "provider": "docker", "environments": {
 *         "MyShop/login": { "name": "login", "project": "MyShop", "created_at": "2026-01-09T11:30:00.5+01:00", "subnet": "10.224.1.0/24",
 *           "dns_suffix": ".test", "status": "running", "source": "/home/ada/shop", "shared_networks": ["tools"], "uses_shared_services": ["es"],
 *           "services": { "web": { "name": "web", "ip": "10.224.1.10", "container": "cilo_login_web", "url": "http://web.login.test",
 *             "is_ingress": true, "hostnames": ["admin"] } } } } } },
 *       "shared_networks": { "tools": { ... } }, "shared_services": { "es": { ... } } }
 *
 * AFTER
 *
 *     { "version": 3, "installation": "<uuid>", "revision": 0, "baseSubnet": "10.224.0.0/16", "dnsPort": 5354, "suffix": "test", "subnet_counter": 1,
 *       "hosts": { "local": { "id": "local", "provider": "docker", "engine": null, "environments": {
 *         "myshop/login": { "id": "<uuid>", "project": "myshop", "name": "login", "createdAt": "2026-01-09T10:30:00.500Z",
 *           "source": "/home/ada/shop", "projectPath": "", "subnet": "10.224.1.0/24", "status": "stopped", "suffix": "test", "shortNames": true,
 *           "composeProject": "cilo-myshop-login", "composeFiles": [], "profiles": [], "sharedServices": ["es"], "sharedNetworks": ["tools"],
 *           "services": { "web": { "address": "10.224.1.10", "addresses": [], "container": null, "ports": [], "hostnames": ["admin"],
 *             "ingress": true, "shared": false, "replicas": 1, "namespaceOf": null } },
 *           "anonymousVolumes": [], "operation": null, "lastError": null,
 *           "migratedFrom": { "version": 2, "key": "MyShop/login", "subnet": "10.224.1.0/24" } } } } },
 *       "sharedNetworks": { "tools": { ... } }, "sharedServices": { "es": { ... } } }
 */
export function toVersion3(before: OldState, context: MigrationContext): Record<string, unknown> {
  const { base_subnet, dns_port, shared_networks, shared_services, hosts, ...unknownFields } = before;
  const fresh = emptyState(context.installation);
  const baseSubnet = parseBaseSubnet(base_subnet) ?? fresh.baseSubnet;
  const { environments: oldEnvironments, ...local } = hosts?.local ?? {};
  return {
    ...unknownFields,
    ...fresh,
    baseSubnet,
    dnsPort: Number.isInteger(dns_port) && dns_port > 0 && dns_port <= 65_535 ? dns_port : fresh.dnsPort,
    hosts: {
      ...hosts,
      local: {
        ...local,
        ...fresh.hosts.local,
        environments: migrateEnvironments(oldEnvironments ?? {}, baseSubnet, context),
      },
    },
    sharedNetworks: shared_networks,
    sharedServices: shared_services,
  };
}

function migrateEnvironments(
  environments: Record<string, OldEnvironment>,
  baseSubnet: string,
  context: MigrationContext,
): Record<string, Environment> {
  const oldestFirst = Object.entries(environments)
    .map(([key, old]) => {
      const { project, name, source, subnet } = old;
      return { key, old, project, name, source, subnet, createdAt: toTime(old.created_at) };
    })
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.key < b.key ? -1 : 1));
  const shortDomains = new Set<string>();
  const composeProjects = new Set<string>();
  const migrated: Record<string, Environment> = {};
  for (const { key, old, createdAt, renamed, repairedSubnet } of repairSubnets(
    renameEnvironments(oldestFirst),
    baseSubnet,
  )) {
    const suffix = toSuffix(old.dns_suffix);
    const shortDomain = `${renamed.name}.${suffix}`;
    const composeProject = toComposeProjectName(renamed.project, renamed.name, composeProjects);
    migrated[keyOf(renamed)] = migrateEnvironment(key, old, {
      ...renamed,
      id: context.createId(`${key}\n${old.created_at}\n${old.source}`),
      createdAt,
      subnet: repairedSubnet,
      suffix,
      shortNames: !shortDomains.has(shortDomain),
      composeProject,
    });
    shortDomains.add(shortDomain);
    composeProjects.add(composeProject);
  }
  return migrated;
}

type Decided = Pick<
  Environment,
  "id" | "project" | "name" | "createdAt" | "subnet" | "suffix" | "shortNames" | "composeProject"
>;

function migrateEnvironment(key: string, old: OldEnvironment, decided: Decided): Environment {
  const { name, project, created_at, subnet, dns_suffix, services, shared_networks, uses_shared_services, ...kept } =
    old;
  const withOrigin = { ...kept, migratedFrom: { version: 2, key, subnet } };
  return {
    ...withOrigin,
    ...decided,
    projectPath: "",
    status: "stopped",
    composeFiles: [],
    profiles: [],
    services: migrateServices(services, decided.subnet),
    sharedServices: uses_shared_services,
    sharedNetworks: shared_networks,
    anonymousVolumes: [],
    operation: null,
    lastError: null,
  };
}

function migrateServices(services: Record<string, OldService>, subnet: string): Record<string, Service> {
  // The Go program took any service with host names for an ingress service; which of several it meant cannot be told.
  const hasOneIngress = Object.values(services).filter((service) => service.is_ingress).length === 1;
  const taken = new Set<string>();
  return Object.fromEntries(
    Object.entries(services).map(([service, old]) => {
      const { name, ip, container, url, is_ingress, hostnames, ...unknownFields } = old;
      const address = isServiceAddress(ip, subnet) && !taken.has(ip) ? ip : null;
      taken.add(ip);
      return [
        service,
        { ...unknownFields, ...emptyService(), address, hostnames, ingress: is_ingress && hasOneIngress },
      ];
    }),
  );
}

/** ISO 8601 in UTC; a time that cannot be read becomes the oldest there is. */
function toTime(text: string): string {
  const time = Date.parse(text);
  return new Date(Number.isNaN(time) ? 0 : time).toISOString();
}

function toSuffix(text: string): string {
  const suffix = text.replace(/^\.+|\.+$/g, "").toLowerCase();
  return /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(suffix) ? suffix : defaultSuffix;
}
