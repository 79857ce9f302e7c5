import { formatRcode, formatRecordType } from "./wire/protocol-numbers.ts";

/** A record as it is shown: names without a final dot, data as in zone files. */
export interface ShownRecord {
  name: string;
  type: string;
  ttlSeconds: number;
  data: string;
}

/** A reply as it is shown. */
export interface ShownReply {
  rcode: string;
  authoritative: boolean;
  truncated: boolean;
  answers: ShownRecord[];
  authority: ShownRecord[];
  /** What the server says of why, for people (RFC 8914); most servers say nothing. */
  extendedErrors: string[];
}

type Resource = import("dns2").Resource;

/**
 * dns2 takes quadratic time over chains of compression pointers; within this many octets that is a fraction of a
 * second.
 */
const maxShownBytes = 16_384;

/**
 * Decodes a reply for people to read. The only file that uses dns2, loaded late: the server and the forwarder work on
 * the octets themselves.
 * @param maxBytes octets that a longer message is not decoded for; 16 KiB unless given.
 * @returns null when the message is malformed or too long.
 */
export async function decodeReply(message: Buffer, maxBytes: number = maxShownBytes): Promise<ShownReply | null> {
  if (message.length > maxBytes) return null;
  const { Packet } = await import("dns2");
  const packet = Packet.parse(message);
  if (packet.errors.length > 0) return null;
  const { header, answers, authorities, additionals } = packet;
  const opt = additionals.find((resource) => resource.type === Packet.TYPE.EDNS);
  return {
    rcode: formatRcode(header.rcode),
    authoritative: header.aa === 1,
    truncated: header.tc === 1,
    answers: answers.map(toShownRecord),
    authority: authorities.map(toShownRecord),
    extendedErrors: toExtendedErrors(opt),
  };
}

/**
 * Encodes a query with RD and an OPT record of 1232 octets.
 * @param name ASCII, with or without a final dot.
 * @throws dns2's errors when the name or a label of it is too long.
 */
export async function encodeQuery(options: { id: number; name: string; type: number }): Promise<Buffer> {
  const { Packet } = await import("dns2");
  const packet = new Packet();
  packet.header = new Packet.Header({ id: options.id, rd: 1 });
  packet.questions.push(new Packet.Question(options.name, options.type, Packet.CLASS.IN));
  packet.additionals.push(Packet.Resource.EDNS([], { udpPayloadSize: 1232 }));
  return packet.toBuffer();
}

/** "no upstream DNS server is known (EDE 14)"; the number alone where the server gives no words. */
function toExtendedErrors(opt: Resource | undefined): string[] {
  const options: unknown[] = Array.isArray(opt?.rdata) ? opt.rdata : [];
  return options.flatMap((option) => {
    if (typeof option !== "object" || option === null || !("infoCode" in option)) return [];
    const text = "extraText" in option && typeof option.extraText === "string" ? option.extraText : "";
    return [text === "" ? `EDE ${option.infoCode}` : `${text} (EDE ${option.infoCode})`];
  });
}

function toShownRecord(resource: Resource): ShownRecord {
  return {
    name: resource.name,
    type: formatRecordType(resource.type),
    ttlSeconds: resource.ttl,
    data: formatData(resource),
  };
}

function formatData(resource: Resource): string {
  const { address, ns, domain, data, priority } = resource;
  switch (formatRecordType(resource.type)) {
    case "A":
    case "AAAA":
      return address ?? "";
    case "NS":
      return ns ?? "";
    case "PTR":
    case "CNAME":
      return domain ?? "";
    case "MX":
      return join(priority, resource.exchange);
    case "SRV":
      return join(priority, resource.weight, resource.port, resource.target);
    case "CAA":
      return join(resource.flags, resource.tag, JSON.stringify(resource.value));
    case "SOA":
      return formatSoa(resource);
    case "TXT":
    case "SPF":
      return formatStrings(data);
    default:
      return formatUnknown(data);
  }
}

function formatSoa({ primary, admin, serial, refresh, retry, expiration, minimum }: Resource): string {
  return join(primary, admin, serial, refresh, retry, expiration, minimum);
}

function formatStrings(data: Resource["data"]): string {
  const strings = Array.isArray(data) ? data : [String(data ?? "")];
  return strings.map((text) => JSON.stringify(text)).join(" ");
}

/** RFC 3597 section 5 */
function formatUnknown(data: Resource["data"]): string {
  return Buffer.isBuffer(data) ? join("\\#", data.length, data.toString("hex")) : "";
}

function join(...parts: unknown[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
