/** Something in an archive; paths are relative and use slashes. */
export type ArchiveEntry =
  | { kind: "directory"; path: string; mode: number }
  | { kind: "file"; path: string; mode: number; content: Uint8Array }
  | { kind: "link"; path: string; target: string };

const blockSizeBytes = 512;
const typeFlags = { file: "0", link: "2", directory: "5" } as const;

/**
 * Writes a tar archive, owned by root and without times, so that the same entries give the same bytes.
 * @see pax(1) in POSIX, "ustar Interchange Format"
 */
export function createTar(entries: readonly ArchiveEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.kind === "file" ? entry.content : new Uint8Array();
    const padding = new Uint8Array((blockSizeBytes - (content.length % blockSizeBytes)) % blockSizeBytes);
    return [createHeader(entry, content.length), content, padding];
  });
  return Buffer.concat([...blocks, new Uint8Array(2 * blockSizeBytes)]);
}

function createHeader(entry: ArchiveEntry, sizeBytes: number): Buffer {
  const header = Buffer.alloc(blockSizeBytes);
  putText(header, 0, 100, entry.path);
  putOctal(header, 100, 8, entry.kind === "link" ? 0o777 : entry.mode);
  putOctal(header, 108, 8, 0);
  putOctal(header, 116, 8, 0);
  putOctal(header, 124, 12, sizeBytes);
  putOctal(header, 136, 12, 0);
  header.write(typeFlags[entry.kind], 156);
  if (entry.kind === "link") putText(header, 157, 100, entry.target);
  header.write("ustar\u000000", 257);
  // The sum is taken with its own field full of spaces.
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148);
  return header;
}

function putText(header: Buffer, offset: number, size: number, text: string): void {
  if (Buffer.byteLength(text) > size) throw new Error(`too long for a tar header: ${text}`);
  header.write(text, offset);
}

function putOctal(header: Buffer, offset: number, size: number, value: number): void {
  header.write(value.toString(8).padStart(size - 1, "0"), offset);
}
