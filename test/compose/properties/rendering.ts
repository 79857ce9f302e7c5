import { isDeepStrictEqual } from "node:util";
import type { ComposeProject } from "../../../src/compose/model.ts";
import type { OverrideInput } from "../../../src/compose/override/concern.ts";
import type { Copies, Copy } from "./copies.ts";

/** What is made of an input. */
export interface Rendering {
  override: string;
  messages: readonly string[];
}

/** First three numbers of a /24 that nothing else in a test has. */
const otherSubnet = "10.224.217";

/** P11, for one copy: the same input gives the same text, in whatever order its parts come; another subnet changes addresses alone. */
export function findUnstableRendering(
  render: (input: OverrideInput) => Rendering,
  input: OverrideInput,
  subnet: string,
): string[] {
  const first = render(input);
  const problems: string[] = [];
  if (!isDeepStrictEqual(render(input), first)) problems.push("the same input gives two texts");
  if (!isDeepStrictEqual(render(turnAround(input)), first)) problems.push("the order of the parts shows in the text");
  const moved = render({ ...input, addresses: moveAll(input.addresses, subnet) }).override;
  if (moved.replaceAll(`${otherSubnet}.`, `${subnet}.`) !== first.override) {
    problems.push("another subnet changes more than addresses");
  }
  return problems;
}

/** P11, for two copies: they differ in the names and addresses of the environment, and in nothing else. */
export function findOtherDifferences({ a, b }: Copies): string[] {
  const [before, after] = [linesOf(a, a), linesOf(b, a)];
  const index = before.findIndex((line, at) => line !== after[at]);
  if (index === -1 && before.length === after.length) return [];
  return [`the copies differ: ${before[index]?.trim()} is ${after[index]?.trim()} in the other`];
}

/** The merged model as text, with what is the copy's own written as `like` has it. */
function linesOf({ merged, facts }: Copy, { facts: like }: Copy): string[] {
  return JSON.stringify(merged, null, 2)
    .replaceAll(facts.environment.name, like.environment.name)
    .replaceAll(facts.environment.id, like.environment.id)
    .replaceAll(`${facts.subnet}.`, `${like.subnet}.`)
    .split("\n");
}

function moveAll(addresses: OverrideInput["addresses"], subnet: string): OverrideInput["addresses"] {
  const entries = Object.entries(addresses).map(([name, address]): [string, string | null] => [
    name,
    address?.replace(`${subnet}.`, `${otherSubnet}.`) ?? null,
  ]);
  return Object.fromEntries(entries);
}

/** The input with services, networks and volumes in the opposite order, and the networks of each service. */
function turnAround(input: OverrideInput): OverrideInput {
  const { base, probe } = input.reading;
  return {
    ...input,
    addresses: reverse(input.addresses),
    reading: { ...input.reading, base: turnModelAround(base), probe: turnModelAround(probe) },
  };
}

function turnModelAround(model: ComposeProject): ComposeProject {
  const services = Object.entries(model.services).map(([name, service]) => [
    name,
    service.networks ? { ...service, networks: reverse(service.networks) } : service,
  ]);
  return {
    ...model,
    services: reverse(Object.fromEntries(services)),
    networks: reverse(model.networks),
    volumes: reverse(model.volumes),
  };
}

function reverse<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).reverse()) as T;
}
