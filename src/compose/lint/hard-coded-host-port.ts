import type { Finding } from "../../model/finding.ts";
import { listWords, toPairs, toTexts } from "../loose-values.ts";
import { type ComposeService, unescapeDollars } from "../model.ts";
import { fieldOf } from "../model-secrets.ts";
import { addressOwnerOf } from "../network-mode.ts";
import type { OverrideContext } from "../override/concern.ts";
import { tcpPortsOf } from "../ports.ts";
import { findHostAddresses, type HostAddress } from "./host-addresses.ts";
import { type Endpoint, endpointsOf } from "./port-mappings.ts";

/** A value of a service in which an address can stand. */
interface PlacedText {
  field: readonly string[];
  /** Key of the value; null where there is none. */
  key: string | null;
  /** "a variable" */
  kind: string;
  text: string;
  /** Whether the text is run inside the container, where its loopback address is meant. */
  runsInside: boolean;
}

interface Surroundings {
  /** What the project publishes, those of the service itself first. */
  endpoints: readonly Endpoint[];
  /** TCP ports of the containers that have one loopback address with the service. */
  ownPorts: ReadonlySet<number>;
}

type Told = Pick<Finding, "item" | "shared" | "level" | "statement" | "hint">;

/**
 * Finds values that name a port of this machine which the project publishes, and no copy does; and ports of the machine beside the project. A loopback address
 * whose port is not published is the container's own, which is right in every copy.
 */
export function findHardCodedHostPorts(context: OverrideContext): Finding[] {
  const endpoints = endpointsOf(context).filter(({ protocol }) => protocol === "tcp");
  return context.services.flatMap(({ name, service }) => {
    const own = endpoints.filter((endpoint) => endpoint.service === name);
    const surroundings = { endpoints: [...own, ...endpoints], ownPorts: ownPortsOf(context, name) };
    return textsOf(service).flatMap((placed) =>
      judge(placed, surroundings).map((told): Finding => {
        const path = ["services", name, ...placed.field];
        const detail = placed.key === null ? {} : { detail: placed.key };
        return { rule: "hard-coded-host-port", action: "kept", path, ...detail, ...told };
      }),
    );
  });
}

function textsOf(service: ComposeService): PlacedText[] {
  const keyed = (pairs: readonly [string, string][], field: readonly string[], kind: string) =>
    pairs.map(([key, text]) => ({ field, key, kind, text, runsInside: false }));
  const listed = (value: unknown, field: string, runsInside: boolean) =>
    toTexts(value).map((text) => ({ field: [field], key: null, kind: `the ${field}`, text, runsInside }));
  return [
    ...keyed(toPairs(service.environment), ["environment"], "a variable"),
    ...keyed(toPairs(fieldOf(service.build, "args")), ["build", "args"], "a build argument"),
    ...keyed(toPairs(service.labels), ["labels"], "a label"),
    ...listed(service.entrypoint, "entrypoint", false),
    ...listed(service.command, "command", false),
    ...listed(service.healthcheck?.test, "healthcheck", true),
  ].map((placed) => ({ ...placed, text: unescapeDollars(placed.text) }));
}

function judge(placed: PlacedText, { endpoints, ownPorts }: Surroundings): Told[] {
  const addresses = findHostAddresses(placed.text).filter(({ kind }) => kind === "gateway" || !placed.runsInside);
  const endpointOf = ({ port }: HostAddress) => endpoints.find(({ published }) => published === port);
  const published = addresses.flatMap((address) => {
    const endpoint = endpointOf(address);
    if (endpoint === undefined || (address.kind === "any" && ownPorts.has(address.port))) return [];
    return [{ address, endpoint }];
  });
  // Inside the container the address may as well be its own, unless it is a URL, which is made for others.
  const isOwn = published.every(({ address }) => isOwnAddress(address, ownPorts));
  const outside = addresses.filter((address) => address.kind === "gateway" && endpointOf(address) === undefined);
  return [
    ...(published.length === 0 ? [] : [describePublished(placed, published, isOwn)]),
    ...(outside.length === 0 ? [] : [describeOutside(placed, outside)]),
  ];
}

function describePublished(
  { kind, key }: PlacedText,
  published: readonly { address: HostAddress; endpoint: Endpoint }[],
  isOwn: boolean,
): Told {
  const texts = published.map(({ address }) => address.text);
  const uses = published.map(({ address, endpoint }) => {
    const inside = `${endpoint.service}:${endpoint.target}`;
    if (address.kind === "gateway") return `${inside} for ${address.text}`;
    return `${endpoint.address}${isOwn ? "" : ` (inside containers ${inside})`} for ${address.text}`;
  });
  const names = `${kind} names ${listWords(texts)}`;
  return {
    item: key ?? texts[0] ?? "",
    shared: !isOwn,
    level: isOwn ? "note" : "warning",
    statement: isOwn
      ? `${names}: right if the container itself is meant, but on this machine no copy publishes that port`
      : `${names}, which no copy publishes: it is the same for every copy, and none of them answers there`,
    hint: `use ${listWords(uses)}${isOwn ? " if clients on this machine are meant" : ""}`,
  };
}

function describeOutside({ kind, key }: PlacedText, outside: readonly HostAddress[]): Told {
  const texts = outside.map(({ text }) => text);
  return {
    item: key ?? texts[0] ?? "",
    shared: true,
    level: "note",
    statement: `${kind} names ${listWords(texts)}, which is outside the project and the same for every copy`,
    hint: "make what listens there a service of the project if each copy needs its own",
  };
}

function isOwnAddress({ kind, port, hasScheme }: HostAddress, ownPorts: ReadonlySet<number>): boolean {
  return kind === "loopback" && !hasScheme && ownPorts.has(port);
}

function ownPortsOf({ services, modes }: OverrideContext, name: string): Set<number> {
  const owner = addressOwnerOf(name, modes);
  const together = services.filter(
    (other) => other.name === name || (owner !== null && addressOwnerOf(other.name, modes) === owner),
  );
  return new Set(together.flatMap(({ service }) => tcpPortsOf(service)));
}
