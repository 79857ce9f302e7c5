import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { addressesByService, type CopyContainer } from "./corpus-copy.ts";
import {
  type ExpectedNames,
  expectedInside,
  expectedLinks,
  expectedZone,
  type NamedCopy,
  namesOfItsOwn,
} from "./corpus-names.ts";
import { probeFrom, probeMeans } from "./corpus-probe.ts";
import type { Model } from "./stand-in-model.ts";

/** Probes at one time: each starts some programs for every address and then waits most of its time. */
const probesAtOnce = 4;

/** Containers of its own copy that each is to reach; the first is to reach all of them. */
const peersAsked = 4;

/** Every service has the containers it should, each running or done with its job, and no port of the host is taken. */
export function assertRunsAsMeant({ containers }: NamedCopy, { services }: Model): void {
  const seen: Record<string, string[]> = {};
  for (const { service, isRunning, exitCode } of containers) {
    seen[service] = [...(seen[service] ?? []), isRunning ? "running" : `ended with ${exitCode}`];
  }

  const jobs = new Set(
    Object.values(services).flatMap(({ depends_on: dependencies }) =>
      Object.entries(dependencies ?? {}).flatMap(([name, { condition }]) =>
        condition === "service_completed_successfully" ? [name] : [],
      ),
    ),
  );
  const meant = Object.entries(services).flatMap(([name, { deploy, scale }]): [string, string[]][] => {
    const count = deploy?.replicas ?? scale ?? 1;
    const state = jobs.has(name) ? "ended with 0" : "running";
    return count === 0 ? [] : [[name, Array.from({ length: count }, () => state)]];
  });
  assert.deepEqual(seen, Object.fromEntries(meant));
  assert.deepEqual(
    containers.flatMap(({ publishedPorts }) => publishedPorts),
    [],
  );
}

/** Every name of the zone answers with the addresses that the engine says, and every address with a name, as c-ares sees it. */
export async function assertNamesAnswer(copy: NamedCopy, port: number): Promise<void> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const expected = expectedZone(copy);
  const answered: ExpectedNames = {};
  for (const name of Object.keys(expected)) answered[name] = await resolveOrNothing(() => resolver.resolve4(name));
  assert.deepEqual(answered, expected);

  for (const { service, addresses, networkMode, isRunning } of copy.containers) {
    if (!isRunning || networkMode.startsWith("container:")) continue;
    for (const address of Object.values(addresses)) {
      const [name = ""] = await resolveOrNothing(() => resolver.reverse(address));
      assert.ok(name.endsWith(`.${copy.environment}.test`), `${address} of ${service} has the name "${name}"`);
      assert.deepEqual(expected[name], addressesByService(copy.containers).get(service), name);
    }
  }
}

/** Every one of a copy's names is gone. */
export async function assertNamesAreGone(copy: NamedCopy, port: number): Promise<void> {
  const nothing = { ...copy, containers: [] };
  await assertNamesAnswer(nothing, port);
}

async function resolveOrNothing(resolve: () => Promise<string[]>): Promise<string[]> {
  try {
    return (await resolve()).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && ["ENOTFOUND", "ENODATA"].includes(String(error.code))) return [];
    throw error;
  }
}

/**
 * From inside every container that has a network of its copy's, each of its own copy is reached by the same words that reach none of the other, and own names have own
 * addresses where the other's have none. What a project puts on the host's network or leaves without one is not asked.
 */
export async function assertApart(one: NamedCopy, other: NamedCopy): Promise<void> {
  assertNothingInCommon(one, other);
  await Promise.all([assertReachesOwnOnly(one, other), assertReachesOwnOnly(other, one)]);
}

function assertNothingInCommon(one: NamedCopy, other: NamedCopy): void {
  const belongings = ({ containers }: NamedCopy) =>
    new Set(
      containers.flatMap(({ addresses, networkMode, mounts }) => [
        ...(networkMode === "host" ? [] : Object.keys(addresses).map((name) => `network ${name}`)),
        ...(networkMode === "host" ? [] : Object.values(addresses)),
        ...mounts.filter((mount) => !mount.startsWith("/")).map((mount) => `volume ${mount}`),
      ]),
    );
  const others = belongings(other);
  const common = [...belongings(one)].filter((thing) => thing !== "network none" && others.has(thing));
  assert.deepEqual(common, []);
}

async function assertReachesOwnOnly(copy: NamedCopy, other: NamedCopy): Promise<void> {
  const own = addressesOf(copy);
  const inside = expectedInside(copy);
  const foreign = Object.fromEntries(namesOfItsOwn(other).map((name): [string, string[]] => [name, []]));
  const probed = copy.containers.filter(hasNetworkOfItsOwn);
  await eachAtOnce(probed, probesAtOnce, async (container) => {
    const links = expectedLinks(copy, container.service);
    // What one container of a network resolves the others do; only links are a container's own.
    const peers = container === probed[0] ? own : nextOf(own, probed.indexOf(container));
    const [near, far] = container === probed[0] ? [{ ...inside, ...links }, foreign] : [links, {}];

    const result = await probeFrom(
      container.id,
      { names: Object.keys(near), addresses: peers },
      { names: Object.keys(far), addresses: addressesOf(other) },
    );

    const names = { ...far, ...near };
    assert.deepEqual(result.names, names, `names in ${container.name}`);
    for (const means of probeMeans) {
      const expected = means === "icmp" && !container.canPing ? [] : peers;
      assert.deepEqual(result.reached[means], expected, `reached by ${means} from ${container.name}`);
    }
  });
}

/** Every container with every other would be more neighbours than a kernel remembers for all its networks together (arp(7), gc_thresh3). */
function nextOf(addresses: readonly string[], index: number): string[] {
  const start = index % addresses.length;
  const ring = [...addresses, ...addresses];
  return [...new Set(ring.slice(start, start + peersAsked))].sort();
}

function addressesOf({ containers }: NamedCopy): string[] {
  return [
    ...new Set(containers.filter(hasNetworkOfItsOwn).flatMap(({ addresses }) => Object.values(addresses))),
  ].sort();
}

function hasNetworkOfItsOwn({ isRunning, addresses, networkMode }: CopyContainer): boolean {
  return isRunning && networkMode !== "host" && Object.keys(addresses).length > 0;
}

async function eachAtOnce<T>(items: readonly T[], limit: number, act: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: limit }, work));
}
