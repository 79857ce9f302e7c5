import { hostNamesOf } from "../../model/host-names.ts";
import type { ComposeService } from "../model.ts";
import { addressOwnerOf } from "../network-mode.ts";
import type { OverrideContext } from "../override/concern.ts";

/** A port of this machine that a service asks for. */
export interface PortMapping {
  /** Null: the engine chooses. */
  published: number | null;
  target: number;
  protocol: string;
}

/** A service that answers at a name of its own in the environment. */
export interface Endpoint extends PortMapping {
  service: string;
  /** `web.login.test:80` */
  address: string;
}

/** The ports a service publishes; those that are still variables are left out. */
export function portMappingsOf({ ports }: ComposeService): PortMapping[] {
  return (ports ?? []).flatMap((entry) => {
    if (typeof entry !== "object") return parseShortPort(String(entry));
    const published = String(entry.published ?? "");
    const [first, last] = parseRange(published) ?? [null, null];
    const target = Number(entry.target);
    if (!Number.isInteger(target)) return [];
    const protocol = entry.protocol ?? "tcp";
    // A range for one container port: the engine takes the first free one.
    return [{ published: first === last ? first : null, target, protocol }];
  });
}

/** Reads `[[address:]published:]target[/protocol]`, ranges on both sides. */
function parseShortPort(text: string): PortMapping[] {
  const [, published = "", targets = "", protocol = "tcp"] =
    /^(?:(?:.*:)?([\d-]*):)?([\d-]+)(?:\/(\w+))?$/.exec(text) ?? [];
  const target = parseRange(targets);
  if (target === null) return [];
  const [first, last] = target;
  const start = parseRange(published)?.[0] ?? null;
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    published: start === null ? null : start + index,
    target: first + index,
    protocol,
  }));
}

function parseRange(text: string): [first: number, last: number] | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return last < first ? null : [first, last];
}

/** Where each published port answers in the environment, active services first, then by name. */
export function endpointsOf({ services, environment, modes, reading }: OverrideContext): Endpoint[] {
  const names = hostNamesOf(
    environment,
    services.map(({ name }) => name),
  );
  const active = new Set(reading.active);
  const isActive = ({ name }: { name: string }) => active.has(name);
  return [...services.filter(isActive), ...services.filter((entry) => !isActive(entry))].flatMap(
    ({ name, service }) => {
      const host = names.get(name)?.advertised;
      if (host === undefined || addressOwnerOf(name, modes) === null) return [];
      return portMappingsOf(service).map((mapping) => ({
        ...mapping,
        service: name,
        address: `${host}:${mapping.target}`,
      }));
    },
  );
}
