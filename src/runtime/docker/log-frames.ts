/** Stream type, three zero bytes, length of the payload as a big-endian 32-bit number. */
const headerBytes = 8;

/**
 * Takes the frames off a container's log, stdout and stderr in the order they came. A log of a container with a terminal has none.
 * A last frame that was cut off gives what is there of it.
 * @see Docker Engine API, "Attach to a container", stream format.
 */
export function unframeLog(log: Buffer): string {
  const parts: Buffer[] = [];
  let offset = 0;
  while (offset + headerBytes <= log.length) {
    const end = offset + headerBytes + log.readUInt32BE(offset + 4);
    parts.push(log.subarray(offset + headerBytes, end));
    offset = end;
  }
  return Buffer.concat(parts).toString("utf8");
}
