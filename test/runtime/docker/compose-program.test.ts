import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import {
  assertComposeVersion,
  findComposeProgram,
  isSupportedComposeVersion,
  parseComposeVersion,
  readComposeVersion,
} from "../../../src/runtime/docker/compose-program.ts";

describe("parseComposeVersion", () => {
  const cases: [text: string, version: string | null][] = [
    ["2.26.1", "2.26.1"],
    ["v2.40.3\n", "2.40.3"],
    ["2.26.1-4", "2.26.1"],
    ["v2.39.2-desktop.1", "2.39.2"],
    ["2.24.6+ds1-0ubuntu1", "2.24.6"],
    ["5.0.0-rc.1", "5.0.0"],
    ["1.29.2", "1.29.2"],
    ["dev", null],
    ["2.26", null],
    ["1.2.3.4", null],
    ["", null],
  ];
  for (const [text, version] of cases) {
    test(`finds ${version ?? "none"} in ${JSON.stringify(text)}`, () => {
      assert.equal(parseComposeVersion(text), version);
    });
  }
});

describe("isSupportedComposeVersion", () => {
  const cases: [version: string, supported: boolean][] = [
    ["1.29.2", false],
    ["2.0.0", false],
    ["2.9.99", false],
    ["2.24.5", false],
    ["2.24.6", true],
    ["2.24.10", true],
    ["2.26.1-4", true],
    ["2.100.0", true],
    ["5.0.0", true],
    ["dev", false],
  ];
  for (const [version, supported] of cases) {
    test(`${version} is ${supported ? "" : "not "}supported`, () => {
      assert.equal(isSupportedComposeVersion(version), supported);
    });
  }
});

describe("assertComposeVersion", () => {
  test("lets a supported version pass", () => {
    assert.doesNotThrow(() => assertComposeVersion("2.26.1"));
  });

  test("says what was found, what is needed and what to do", () => {
    const refused = { code: "CILO_COMPOSE_TOO_OLD", details: { found: "2.20.2", minimum: "2.24.6" } };

    assert.throws(() => assertComposeVersion("2.20.2"), refused);
    assert.throws(
      () => assertComposeVersion("2.20.2"),
      /docker compose is version 2\.20\.2, and cilo needs 2\.24\.6 or newer/,
    );
    assert.throws(
      () => assertComposeVersion("2.20.2"),
      (error) => error instanceof CiloError && /docker-compose/.test(error.hint ?? ""),
    );
  });
});

describe("findComposeProgram", { skip: process.platform === "win32" && "needs shell scripts" }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cilo-compose-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function writeProgram(path: string, script: string): Promise<string> {
    const file = join(folder, path);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  function find() {
    return findComposeProgram({
      env: { HOME: folder, PATH: join(folder, "bin") },
      systemDirectories: [join(folder, "system")],
    });
  }

  test("takes the user's plugin before that of the system", async () => {
    const own = await writeProgram(".docker/cli-plugins/docker-compose", "echo 2.30.0");
    await writeProgram("system/docker-compose", "echo 2.26.1");

    assert.deepEqual(await find(), { file: own, args: [] });
  });

  test("takes a plugin out of a folder that config.json adds", async () => {
    const extra = await writeProgram("extra/docker-compose", "echo 2.30.0");
    await mkdir(join(folder, ".docker"));
    await writeFile(
      join(folder, ".docker/config.json"),
      JSON.stringify({ cliPluginsExtraDirs: [join(folder, "extra")] }),
    );

    assert.deepEqual(await find(), { file: extra, args: [] });
  });

  test("goes on without a config.json that cannot be understood, as docker does", async () => {
    const file = await writeProgram("system/docker-compose", "echo 2.30.0");
    await mkdir(join(folder, ".docker"));
    await writeFile(join(folder, ".docker/config.json"), "{");

    assert.deepEqual(await find(), { file, args: [] });
  });

  test("passes over a dangling link, a folder and a file that cannot be run", async () => {
    await mkdir(join(folder, ".docker/cli-plugins"), { recursive: true });
    await symlink("/nonexistent/docker-compose", join(folder, ".docker/cli-plugins/docker-compose"));
    const good = await writeProgram("system/docker-compose", "echo 2.26.1");

    assert.deepEqual(await find(), { file: good, args: [] });

    await rm(join(folder, ".docker/cli-plugins/docker-compose"));
    await mkdir(join(folder, ".docker/cli-plugins/docker-compose"));
    assert.deepEqual(await find(), { file: good, args: [] });

    await rm(join(folder, ".docker/cli-plugins/docker-compose"), { recursive: true });
    await writeFile(join(folder, ".docker/cli-plugins/docker-compose"), "", { mode: 0o644 });
    assert.deepEqual(await find(), { file: good, args: [] });
  });

  test("goes through the docker program where no plugin file is found", async () => {
    await writeProgram("bin/docker", 'test "$1 $2" = "compose version" && echo 2.30.0');

    assert.deepEqual(await find(), { file: "docker", args: ["compose"], version: "2.30.0" });
  });

  test("takes docker-compose from PATH when it is version 2", async () => {
    await writeProgram("bin/docker", "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1");
    await writeProgram("bin/docker-compose", "echo 2.30.0");

    assert.deepEqual(await find(), { file: "docker-compose", args: [], version: "2.30.0" });
  });

  test("does not take the old docker-compose", async () => {
    await writeProgram("bin/docker-compose", "echo 1.29.2");

    await assert.rejects(find(), { code: "CILO_COMPOSE_MISSING" });
  });

  test("says what to do where there is none", async () => {
    await assert.rejects(find(), (error) => {
      assert.ok(error instanceof CiloError);
      assert.equal(error.code, "CILO_COMPOSE_MISSING");
      assert.match(error.hint ?? "", /docker-compose/);
      return true;
    });
  });

  test("reads the version without what a distribution adds", async () => {
    const file = await writeProgram("compose", "echo warning >&2; echo 2.26.1-4");

    assert.equal(await readComposeVersion({ file, args: [] }, {}), "2.26.1");
  });

  test("does not ask again for a version that is known", async () => {
    const file = await writeProgram("compose", "exit 1");

    assert.equal(await readComposeVersion({ file, args: [], version: "2.30.0" }, {}), "2.30.0");
  });

  test("says why a plugin that is there does not run", async () => {
    const file = await writeProgram("compose", "echo 'cannot execute: wrong architecture' >&2; exit 126");

    await assert.rejects(
      readComposeVersion({ file, args: [] }, {}),
      /compose does not run: cannot execute: wrong architecture/,
    );
  });
});
