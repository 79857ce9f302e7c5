import type { Readable } from "node:stream";

/** What is in an archive. */
export interface TarContents {
  /** Entries besides the directory that all of it is in. */
  entries: number;
  /** Of all files together. */
  sizeBytes: number;
  /** Whether it goes on behind the limit. */
  isCut: boolean;
}

const blockBytes = 512;

/**
 * Reads an archive's headers, and of its files no more than a limit.
 * @throws what reading the archive throws
 * @see "ustar Interchange Format" in pax(1), POSIX.1-2017
 */
export async function measureTar(archive: Readable, maxBytes: number): Promise<TarContents> {
  // The first entry is the directory itself.
  const contents: TarContents = { entries: -1, sizeBytes: 0, isCut: false };
  const reader = createHeaderReader();
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    for (const sizeBytes of reader.read(chunk)) {
      contents.entries += 1;
      contents.sizeBytes += sizeBytes;
    }
    if (contents.sizeBytes > maxBytes) return { ...contents, isCut: true };
  }
  return { ...contents, entries: Math.max(contents.entries, 0) };
}

interface HeaderReader {
  /** Takes the next bytes of the archive. @returns the sizes of the entries that begin in them. */
  read(chunk: Buffer): number[];
}

function createHeaderReader(): HeaderReader {
  let pending: Buffer = Buffer.alloc(0);
  /** Bytes of files, and what fills their last blocks, that are still to come. */
  let toSkip = 0;
  /** From a header before the entry's own, for sizes that its own has no room for. */
  let extendedSize: number | null = null;
  return {
    read(chunk) {
      const sizes: number[] = [];
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      for (;;) {
        const skipped = Math.min(toSkip, pending.length);
        pending = pending.subarray(skipped);
        toSkip -= skipped;
        if (toSkip > 0 || pending.length < blockBytes) return sizes;
        const { kind, sizeBytes } = readHeader(pending);
        // An extension is short, and must be there as a whole.
        if (kind === "extension" && pending.length < blockBytes + toBlocks(sizeBytes)) return sizes;
        if (kind === "extension") extendedSize = readSize(pending.subarray(blockBytes, blockBytes + sizeBytes));
        const length = kind === "entry" ? (extendedSize ?? sizeBytes) : sizeBytes;
        if (kind === "entry") {
          sizes.push(length);
          extendedSize = null;
        }
        toSkip = blockBytes + toBlocks(length);
      }
    },
  };
}

function toBlocks(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockBytes) * blockBytes;
}

/** A block of zeros ends an archive; an extension says something of the entry that follows. */
function readHeader(block: Buffer): { kind: "end" | "extension" | "entry"; sizeBytes: number } {
  if (block[0] === 0) return { kind: "end", sizeBytes: 0 };
  const isExtension = "xgLK".includes(String.fromCharCode(block[156] ?? 0));
  return { kind: isExtension ? "extension" : "entry", sizeBytes: readNumber(block.subarray(124, 136)) };
}

/** What a record of pax says of the size: "20 size=8589934592". */
function readSize(records: Buffer): number | null {
  const size = /(?:^|\n)\d+ size=(\d+)\n/.exec(records.toString("latin1"))?.[1];
  return size === undefined ? null : Number(size);
}

/** Octal digits, or where those are too few, bytes behind a set bit. */
function readNumber(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) === 0) return Number.parseInt(field.toString("latin1").trim() || "0", 8) || 0;
  return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
}
