// The zone module by itself, in a process of its own so that neither heap nor compiled code is another size's. Run as
// `node --expose-gc zone-scale.ts ENVIRONMENTS`; prints a `ZoneScale` as JSON.
import { createCatalog } from "../../../src/daemon/catalog.ts";
import { createByteAnswerer, maxReplyBytes } from "../../../src/dns/answer-bytes.ts";
import { buildZone, type Zone } from "../../../src/dns/zone.ts";
import type { Environment } from "../../../src/model/environment.ts";
import { toPublished } from "../../../src/model/published.ts";
import { makeState } from "../../support/environment.ts";
import { median } from "../statistics.ts";
import { encodeQuery, types } from "./dns-message.ts";
import { createRandom, pick } from "./query-mix.ts";
import { addressesByName, baseSubnetFor, makeEnvironments } from "./served-names.ts";
import type { ZoneScale } from "./zone-scale-result.ts";

const buildCount = 3;
const changeCount = 200;
/** Changes that do not count: code is compiled in them. */
const warmUpChanges = 100;
const queryCount = 20_000;
/** Names asked for where their number is to be the same at every size. */
const fewNames = 50;
const answerMs = 1_000;
const suffix = "test";

function measure(count: number): ZoneScale {
  const environments = makeEnvironments(count);
  const names = [...addressesByName(environments).keys()];
  const heapBefore = readHeapBytes();
  const zone = build(environments);
  const heapBytes = readHeapBytes() - heapBefore;
  const someNames = Array.from(
    { length: fewNames },
    (_, index) => names[Math.floor((index * names.length) / fewNames)] ?? "",
  );
  // The first answers are for the compiler.
  measureAnswers(zone, names);
  return {
    environments: count,
    names: names.length,
    heapBytes,
    buildMs: median(Array.from({ length: buildCount }, () => timeOf(() => build(makeEnvironments(count))))),
    answersPerSecond: { fewNames: measureAnswers(zone, someNames), allNames: measureAnswers(zone, names) },
    changeMs: measureChanges(environments),
  };
}

function build(environments: readonly Environment[]): Zone {
  const published = environments.map((environment) => ({
    ...toPublished(environment),
    status: environment.status,
    revision: 1,
  }));
  return buildZone({ environments: published, suffix, baseSubnet: baseSubnetFor(environments.length), serial: 1 });
}

/** From a query's octets to the reply's, without a socket. */
function measureAnswers(zone: Zone, names: readonly string[]): number {
  const random = createRandom(4);
  const queries = Array.from({ length: queryCount }, (_, id) =>
    encodeQuery({ id, name: pick(names, random), type: types.A }),
  );
  const answerer = createByteAnswerer();
  const out = Buffer.alloc(maxReplyBytes);
  let answered = 0;
  const began = performance.now();
  while (performance.now() - began < answerMs) {
    for (const query of queries) if (answerer.write(query, zone, out, 0) > query.length) answered += 1;
  }
  const seconds = (performance.now() - began) / 1_000;
  if (answered % queryCount !== 0) throw new Error(`${queryCount - (answered % queryCount)} names have no answer`);
  return answered / seconds;
}

/** One environment gets another address, as the daemon's catalog takes it from a command. */
function measureChanges(environments: readonly Environment[]): number[] {
  const catalog = createCatalog(1);
  catalog.replaceState(
    makeState(environments, { baseSubnet: baseSubnetFor(environments.length), suffix }),
    catalog.moment(),
  );
  const random = createRandom(5);
  const elapsed = Array.from({ length: warmUpChanges + changeCount }, (_, number) => {
    const environment = pick(environments, random);
    const published = toPublished(environment);
    const web = published.services.web;
    if (web === undefined) throw new Error("the environment has no service web");
    // Hosts from 20 on are nobody's else, and the next change of the same environment gives another.
    web.addresses = [environment.subnet.replace("0/24", `${20 + (number % 200)}`)];
    const { status, composeProject } = environment;
    const request = { type: "publish", revision: 2 + number, status, composeProject, environment: published } as const;
    const serial = catalog.serial();
    const elapsedMs = timeOf(() => catalog.publish(request));
    if (catalog.serial() === serial) throw new Error("the change changed nothing");
    return elapsedMs;
  });
  return elapsed.slice(warmUpChanges);
}

function timeOf(action: () => void): number {
  const began = performance.now();
  action();
  return performance.now() - began;
}

function readHeapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

process.stdout.write(`${JSON.stringify(measure(Number(process.argv[2])))}\n`);
