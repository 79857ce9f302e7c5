import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { openConnection } from "../../../src/runtime/docker/connection.ts";
import { defaultPatience } from "../../../src/runtime/docker/patience.ts";

const endpoint = "tcp://192.0.2.7:2376";

describe("openConnection", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "cilo-connection-"));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  async function writePem(directory: string, ...names: string[]): Promise<void> {
    await mkdir(directory, { recursive: true });
    for (const name of names) await writeFile(join(directory, `${name}.pem`), `the ${name}`);
  }

  async function writeContext(name: string, host: string): Promise<string> {
    const folder = createHash("sha256").update(name).digest("hex");
    const meta = join(home, ".docker/contexts/meta", folder);
    await mkdir(meta, { recursive: true });
    await writeFile(join(meta, "meta.json"), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
    return join(home, ".docker/contexts/tls", folder, "docker");
  }

  test("needs no TLS for a unix socket, whatever the shell says", async () => {
    const connection = await openConnection("unix:///run/d.sock", { HOME: home, DOCKER_TLS_VERIFY: "1" });

    assert.deepEqual(connection.address, { kind: "unix", path: "/run/d.sock" });
    assert.equal(connection.tls, null);
  });

  test("speaks plain HTTP to a tcp endpoint that nothing says more of", async () => {
    const connection = await openConnection("tcp://127.0.0.1:2375", { HOME: home });

    assert.deepEqual(connection, {
      endpoint: "tcp://127.0.0.1:2375",
      address: { kind: "tcp", host: "127.0.0.1", port: 2375 },
      tls: null,
      patience: defaultPatience,
    });
  });

  test("takes the files of DOCKER_CERT_PATH when DOCKER_TLS_VERIFY is set", async () => {
    const directory = join(home, "certs");
    await writePem(directory, "ca", "cert", "key");

    const { tls } = await openConnection(endpoint, { HOME: home, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: directory });

    assert.deepEqual(tls, { directory, ca: "the ca", cert: "the cert", key: "the key" });
  });

  test("takes the files of ~/.docker when only DOCKER_TLS_VERIFY is set", async () => {
    const directory = join(home, ".docker");
    await writePem(directory, "ca");

    const { tls } = await openConnection(endpoint, { HOME: home, DOCKER_TLS_VERIFY: "1" });

    assert.deepEqual(tls, { directory, ca: "the ca", cert: null, key: null });
  });

  test("takes the files of the context that has this endpoint", async () => {
    await writePem(await writeContext("other", "tcp://192.0.2.8:2376"), "ca");
    const directory = await writeContext("build", endpoint);
    await writePem(directory, "ca", "cert", "key");

    const { tls } = await openConnection(endpoint, { HOME: home });

    assert.deepEqual(tls, { directory, ca: "the ca", cert: "the cert", key: "the key" });
  });

  test("uses no TLS when the context has no files", async () => {
    await writeContext("plain", endpoint);

    const { tls } = await openConnection(endpoint, { HOME: home });

    assert.equal(tls, null);
  });
});
