import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { measureTar } from "../../../src/controller/trash/measure-tar.ts";

/** A ustar entry with its content, padded to blocks. */
function entry(options: { type?: string; content?: Buffer; size?: string }): Buffer {
  const { type = "0", content = Buffer.alloc(0) } = options;
  const header = Buffer.alloc(512);
  header.write("name", 0);
  header.write(options.size ?? `${content.length.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write(type, 156);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

const directory = entry({ type: "5" });
const end = Buffer.alloc(1024);

function inChunks(archive: Buffer, chunkBytes: number): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0; at < archive.length; at += chunkBytes) chunks.push(archive.subarray(at, at + chunkBytes));
  return Readable.from(chunks, { objectMode: false });
}

test("counts entries and their bytes, however the archive is cut into pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 3_000 }),
      async (files, chunkBytes) => {
        const archive = Buffer.concat([directory, ...files.map((file) => entry({ content: Buffer.from(file) })), end]);

        const contents = await measureTar(inChunks(archive, chunkBytes), 1_000_000);

        const sizeBytes = files.reduce((sum, file) => sum + file.length, 0);
        assert.deepEqual(contents, { entries: files.length, sizeBytes, isCut: false });
      },
    ),
    { numRuns: 100 },
  );
});

test("an extended header is no entry, and its size is the one that counts", async () => {
  const record = "17 size=12345678\n";
  const extended = entry({ type: "x", content: Buffer.from(record) });

  const contents = await measureTar(inChunks(Buffer.concat([directory, extended, entry({})]), 700), 1_000_000_000);

  assert.deepEqual(contents, { entries: 1, sizeBytes: 12_345_678, isCut: false });
});

test("a size in base 256 is read", async () => {
  const size = Buffer.alloc(12);
  size[0] = 0x80;
  size.writeUInt32BE(3, 8);

  const archive = Buffer.concat([
    directory,
    entry({ size: size.toString("latin1"), content: Buffer.from("abc") }),
    end,
  ]);

  assert.equal((await measureTar(inChunks(archive, 512), 100)).sizeBytes, 3);
});

test("stops behind the limit", async () => {
  const archive = Buffer.concat([directory, entry({ content: Buffer.alloc(2_000) }), entry({}), end]);

  const contents = await measureTar(inChunks(archive, 512), 1_000);

  assert.deepEqual(contents, { entries: 1, sizeBytes: 2_000, isCut: true });
});
