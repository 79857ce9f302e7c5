import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { findTemplateDirectory, loadTemplate } from "../../src/resolver/templates.ts";

let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "cilo-templates-"));
});

after(() => rm(root, { recursive: true, force: true }));

describe("templates", () => {
  it("are found from the source tree", () => {
    const directory = findTemplateDirectory(join(import.meta.dirname, "../../src/resolver"));

    assert.match(loadTemplate(directory, "systemd-resolved/cilo.conf"), /^\[Resolve\]$/m);
  });

  it("are found from the bundle of an installed package", async () => {
    await mkdir(join(root, "cilo/dist"), { recursive: true });
    await mkdir(join(root, "cilo/resolver-setup"));
    await writeFile(join(root, "cilo/resolver-setup/file"), "text\n");

    const directory = findTemplateDirectory(join(root, "cilo/dist"));

    assert.equal(loadTemplate(directory, "file"), "text\n");
  });

  it("say that the installation is incomplete when one is missing", () => {
    const isIncomplete = (error: unknown) => error instanceof CiloError && error.message.includes("incomplete");

    assert.throws(() => loadTemplate(root, "absent"), isIncomplete);
    assert.throws(() => findTemplateDirectory("/"), isIncomplete);
  });
});
