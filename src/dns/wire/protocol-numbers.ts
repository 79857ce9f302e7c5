/**
 * Record types by mnemonic (IANA registry "Domain Name System Parameters"): those cilo answers, treats apart or shows
 * by name.
 */
export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;

/** Response codes; those above 15 need an OPT record for their upper bits (RFC 6891 section 6.1.3). */
export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
} as const;

/** INFO-CODEs of extended DNS errors (RFC 8914 section 4) that cilo gives. */
export const extendedErrors = { notReady: 14, noReachableAuthority: 22, networkError: 23 } as const;

export const classIn = 1;
export const opcodeQuery = 0;

/** Octets of the header, after which the question starts. */
export const headerBytes = 12;

/** The two bits that make a length octet a compression pointer (RFC 1035 section 4.1.4). */
export const pointerBits = 0xc000;

/** Bits of the header's second 16-bit word (RFC 1035 section 4.1.1, RFC 6895 section 2 for AD and CD). */
export const flagBits = {
  qr: 0x8000,
  opcode: 0x7800,
  aa: 0x0400,
  tc: 0x0200,
  rd: 0x0100,
  ra: 0x0080,
  ad: 0x0020,
  cd: 0x0010,
};

const typeNames = new Map<number, string>(Object.entries(recordTypes).map(([name, number]) => [number, name]));
const rcodeNames = new Map<number, string>(Object.entries(rcodes).map(([name, number]) => [number, name]));

/** The mnemonic of a record type, or `TYPE65280` (RFC 3597 section 5). */
export function formatRecordType(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

/** The number of a type given as mnemonic, as `TYPE<n>` or as a bare number; null when it is none. */
export function parseRecordType(text: string): number | null {
  const name = text.toUpperCase();
  for (const [mnemonic, number] of Object.entries(recordTypes)) if (mnemonic === name) return number;
  const digits = /^(?:TYPE)?([0-9]{1,5})$/.exec(name)?.[1];
  const number = digits === undefined ? Number.NaN : Number(digits);
  return number <= 0xffff ? number : null;
}

/** The mnemonic of a response code, or `RCODE23`. */
export function formatRcode(rcode: number): string {
  return rcodeNames.get(rcode) ?? `RCODE${rcode}`;
}
