import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { CiloError } from "../../src/base/errors.ts";
import { readUserFile, toUnreadable } from "../../src/base/read-user-file.ts";

async function pathIn(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-user-file-"));
  t.after(() => rm(directory, { recursive: true }));
  return join(directory, "file");
}

test("reads a file, also behind a link, and tells one that is not there", async (t) => {
  const file = await pathIn(t);
  await writeFile(file, "text");
  await symlink(file, `${file}.link`);

  assert.deepEqual(await readUserFile(file), { kind: "text", text: "text" });
  assert.deepEqual(await readUserFile(`${file}.link`), { kind: "text", text: "text" });
  for (const missing of [`${file}.none`, join(file, "below")]) {
    assert.deepEqual(await readUserFile(missing), { kind: "absent" });
  }
});

const unreadable: [what: string, make: (file: string) => Promise<unknown>, says: string][] = [
  ["a named pipe", (file) => promisify(execFile)("mkfifo", [file]), "is a named pipe, not a file"],
  ["a link to a device without an end", (file) => symlink("/dev/zero", file), "is a device, not a file"],
  ["a directory", (file) => mkdir(file), "is a directory, not a file"],
  ["a link to itself", (file) => symlink(file, file), "is a link that leads back to itself"],
  [
    "a file of gigabytes",
    async (file) => {
      await writeFile(file, "");
      await truncate(file, 8 * 1024 ** 3);
    },
    "is larger than 4 MiB",
  ],
];

for (const [what, make, says] of unreadable) {
  test(`says that ${what} is none that can be read, and does not wait`, { timeout: 10_000 }, async (t) => {
    const file = await pathIn(t);
    await make(file);

    const reading = await readUserFile(file);

    assert.ok(reading.kind === "unreadable");
    assert.equal(reading.problem.text, says);
  });
}

for (const [path, says] of [
  [`/tmp/${"a".repeat(300)}`, /longer name than a file can have/],
  ["/tmp/a\0b", /NUL byte/],
] as const) {
  test(`says of ${JSON.stringify(path.slice(0, 10))} that no file can be called that`, async () => {
    const reading = await readUserFile(path);

    assert.ok(reading.kind === "unreadable");
    assert.match(reading.problem.text, says);
  });
}

test("a file that is out of reach has a code of its own", () => {
  const options = { code: "CILO_CONFIG_INVALID", hint: "edit it" } as const;
  const problem = { text: "is out of this user's reach", isDirectory: false };

  const denied = toUnreadable("/p/x", { ...problem, isDenied: true }, options);
  const other = toUnreadable("/p/x", { ...problem, text: "is a socket, not a file", isDenied: false }, options);

  assert.ok(denied instanceof CiloError);
  assert.deepEqual([denied.code, denied.exitCode], ["CILO_PERMISSION_DENIED", 3]);
  assert.match(denied.hint ?? "", /ls -ld '\/p\/x'/);
  assert.deepEqual(
    [other.code, other.message],
    ["CILO_CONFIG_INVALID", "cannot read /p/x: it is a socket, not a file"],
  );
});
