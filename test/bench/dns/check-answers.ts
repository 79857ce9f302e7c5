import { isDeepStrictEqual } from "node:util";
import { encodeName, type Reply, rcodes, readReply, types } from "./dns-message.ts";
import type { BenchedServer, ServerName } from "./servers/benched-server.ts";
import { openUdpClient } from "./udp-client.ts";

/** A question, and what every server must answer. */
export interface Expectation {
  what: string;
  name: string;
  type: number;
  rcode: number;
  addresses: readonly string[];
}

/** What a server's answers have beyond that; servers may differ in it, and the report says how. */
export interface AnswerTraits {
  server: ServerName;
  /** Of the answer to the first expectation. */
  ttlSeconds: number | null;
  authoritative: boolean;
  hasOpt: boolean;
  /** Expectations without an address whose answer carries an SOA record, as RFC 2308 asks of authorities. */
  soaIn: string[];
}

export interface Checked {
  traits: AnswerTraits;
  /** Wrong or missing answers. */
  problems: string[];
}

/** Asks a server every question once. */
export async function checkAnswers(server: BenchedServer, expectations: readonly Expectation[]): Promise<Checked> {
  using client = await openUdpClient(server.port);
  const problems: string[] = [];
  const soaIn: string[] = [];
  let first: Reply | null = null;
  for (const expectation of expectations) {
    const packet = await client.ask(expectation.name, expectation.type);
    const reply = packet === null ? null : readReply(packet);
    const problem = reply === null ? "no answer" : findFault(reply, expectation);
    if (problem !== null) problems.push(`${server.name}: ${expectation.what} (${expectation.name}): ${problem}`);
    if (reply?.hasSoa) soaIn.push(expectation.what);
    first ??= reply;
  }
  const { ttlSeconds = null, authoritative = false, hasOpt = false } = first ?? {};
  return { traits: { server: server.name, ttlSeconds, authoritative, hasOpt, soaIn }, problems };
}

/** @returns null when the reply is as expected. */
function findFault(reply: Reply, { name, type, rcode, addresses }: Expectation): string | null {
  const question = Buffer.concat([encodeName(name), Buffer.from([0, type, 0, 1])]);
  if (!reply.question.equals(question)) return `another question came back: ${reply.question.toString("latin1")}`;
  if (reply.rcode !== rcode) return `response code ${reply.rcode}, not ${rcode}`;
  if (!isDeepStrictEqual(reply.addresses, [...addresses])) return `${reply.addresses}, not ${addresses}`;
  return null;
}

/** What is asked for local names. */
export function localExpectations(addresses: ReadonlyMap<string, string>): Expectation[] {
  const [name = "", address = ""] = [...addresses][0] ?? [];
  const [lastName = "", lastAddress = ""] = [...addresses].at(-1) ?? [];
  const found = { type: types.A, rcode: rcodes.NOERROR };
  return [
    { ...found, what: "A", name, addresses: [address] },
    { ...found, what: "A of the last name", name: lastName, addresses: [lastAddress] },
    { ...found, what: "A in upper case", name: name.toUpperCase(), addresses: [address] },
    { what: "NODATA", name, type: types.AAAA, rcode: rcodes.NOERROR, addresses: [] },
    {
      what: "NXDOMAIN",
      name: `missing.${name.slice(name.indexOf(".") + 1)}`,
      type: types.A,
      rcode: rcodes.NXDOMAIN,
      addresses: [],
    },
  ];
}

/** What is asked for names of others. */
export function addressExpectations(addresses: ReadonlyMap<string, string>): Expectation[] {
  return [...addresses].map(([name, address]) => ({
    what: "A",
    name,
    type: types.A,
    rcode: rcodes.NOERROR,
    addresses: [address],
  }));
}
