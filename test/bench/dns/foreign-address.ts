/**
 * The address that the fake upstream gives a name, in the network for benchmarks (198.18.0.0/15, RFC 2544): a server
 * that hands out another's answer is found out.
 * @param wireName lower case, without the root label, one character an octet.
 */
export function addressForForeign(wireName: string): string {
  let hash = 0;
  for (let index = 0; index < wireName.length; index += 1) {
    hash = (Math.imul(hash, 31) + wireName.charCodeAt(index)) >>> 0;
  }
  return `198.${18 + ((hash >>> 16) & 1)}.${(hash >>> 8) & 0xff}.${hash & 0xff}`;
}
