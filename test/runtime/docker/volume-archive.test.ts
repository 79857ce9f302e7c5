import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { after, describe, test } from "node:test";
import { measureTar } from "../../../src/controller/trash/measure-tar.ts";
import { createDockerProvider } from "../../../src/runtime/docker/provider.ts";
import { docker, engineSkip, removeAfter } from "../../support/engine.ts";

const skip = await engineSkip();
const labels = { "cilo.test": `archive-${process.pid}`, "cilo.empty": "" };
const filter = ["--filter", `label=cilo.test=archive-${process.pid}`, "--quiet"];
const { signal } = new AbortController();

describe("volumes as archives", { skip }, () => {
  const provider = createDockerProvider({
    endpoint: process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock",
    env: process.env,
  });
  const { volumes } = provider;
  after(() => provider[Symbol.asyncDispose]());
  const listLeft = async () =>
    (await docker("container", "ls", "--all", ...filter)) + (await docker("image", "ls", ...filter));

  test("what is in one volume can be put into another, links out of it too, and nothing is left of the look", async (t) => {
    const [from, to] = ["from", "to"].map((name) => removeAfter(t, "volume", `cilo-archive-${process.pid}-${name}`));
    assert.ok(from && to);
    for (const name of [from, to]) await volumes.create({ name, labels });
    {
      await using opened = await volumes.open([from, to], labels);
      assert.deepEqual(await measureTar(await opened.read(from, signal), 10), {
        entries: 0,
        sizeBytes: 0,
        isCut: false,
      });
      await opened.write(from, archiveOf("hello\n"), signal);
      await opened.write(to, await opened.read(from, signal), signal);

      const contents = await measureTar(await opened.read(to, signal), 1_000);

      assert.deepEqual(contents, { entries: 2, sizeBytes: 6, isCut: false });
    }
    assert.equal(await listLeft(), "");
    assert.deepEqual((await volumes.inspect(to))?.labels, labels);
  });

  test("one that stands for another place is not the engine's own", async (t) => {
    const name = removeAfter(t, "volume", `cilo-archive-${process.pid}-bind`);
    await docker("volume", "create", "--opt", "type=none", "--opt", "o=bind", "--opt", "device=/tmp", name);

    assert.equal((await volumes.inspect(name))?.isOwn, false);
    assert.equal(await volumes.inspect(`${name}-missing`), null);
  });

  test("what a killed look left is removed by its labels", async (t) => {
    const name = removeAfter(t, "volume", `cilo-archive-${process.pid}-left`);
    await volumes.create({ name, labels });
    await volumes.open([name], labels);
    assert.notEqual(await listLeft(), "");

    await volumes.removeLeft(labels);

    assert.equal(await listLeft(), "");
  });

  test("an archive that the engine cannot read is refused, with its words", async (t) => {
    const name = removeAfter(t, "volume", `cilo-archive-${process.pid}-bad`);
    await volumes.create({ name, labels });
    await using opened = await volumes.open([name], labels);
    const garbage = new PassThrough();
    garbage.end(Buffer.alloc(2_048, "x"));

    await assert.rejects(opened.write(name, garbage, signal), { code: "CILO_ENGINE_REQUEST_FAILED" });
  });
});

/** The archive of a volume with one file, and a symbolic link that leads out of it. */
function archiveOf(content: string): PassThrough {
  const header = (name: string, type: string, sizeBytes: number, link = "") => {
    const block = Buffer.alloc(512);
    block.write(link, 157);
    block.write(name, 0);
    block.write("0000755\0", 100);
    block.write(`${sizeBytes.toString(8).padStart(11, "0")}\0`, 124);
    block.write(`        ${type}`, 148);
    block.write("ustar\u000000", 257);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return block;
  };
  const stream = new PassThrough();
  const file = Buffer.alloc(512);
  file.write(content);
  stream.end(
    Buffer.concat([
      header("data/", "5", 0),
      header("data/link", "2", 0, "../../../../packages/shop"),
      header("data/file", "0", content.length),
      file,
      Buffer.alloc(1_024),
    ]),
  );
  return stream;
}
