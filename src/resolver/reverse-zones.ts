import ipaddr from "ipaddr.js";

/**
 * The zones below in-addr.arpa that hold the PTR records of a subnet. These end at whole octets, so a prefix between two of them
 * takes several zones, and one longer than 24 bits takes the zone around it (RFC 1035 section 3.5).
 * @param cidr IPv4, "10.224.0.0/16"; host bits are ignored.
 * @returns "224.10.in-addr.arpa", ascending by address; 128 at most.
 */
export function reverseZonesOf(cidr: string): string[] {
  const [address, prefixLength] = ipaddr.IPv4.parseCIDR(cidr);
  const octetCount = Math.min(3, Math.max(1, Math.ceil(prefixLength / 8)));
  const octets = address.octets.slice(0, octetCount);
  const spareBits = Math.max(0, octetCount * 8 - prefixLength);
  const last = (octets.pop() ?? 0) & (0xff << spareBits);
  return Array.from({ length: 2 ** spareBits }, (_, offset) =>
    [...octets, last + offset].reverse().join(".").concat(".in-addr.arpa"),
  );
}
