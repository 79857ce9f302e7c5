/** Every octet with ASCII letters in lower case and all others as they are (RFC 4343 section 3). */
export const foldedOctets: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet,
);

/**
 * Takes one more octet of a name into its hash (FNV-1a, started at 0). Names are hashed from their last octet to their
 * first, so that on the way each parent's hash comes by; the result is an unsigned 32-bit number.
 */
export function hashOctet(hash: number, octet: number): number {
  return Math.imul(hash ^ octet, 0x01000193) >>> 0;
}
