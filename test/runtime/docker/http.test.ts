import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { exec } from "../../../src/base/exec.ts";
import { openConnection } from "../../../src/runtime/docker/connection.ts";
import { get, getJson } from "../../../src/runtime/docker/http.ts";
import { createDockerProvider } from "../../../src/runtime/docker/provider.ts";
import { startFakeEngine, startFakePeer } from "../../support/fake-engine.ts";

const env = { HOME: "/nonexistent" };

async function refusalOf(promise: Promise<unknown>): Promise<CiloError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof CiloError, String(error));
    return error;
  }
  throw new Error("nothing was thrown");
}

async function opensslSkip(): Promise<string | false> {
  const probe = await exec("openssl", ["version"], { timeoutMs: 10_000 });
  return probe.exitCode === 0 ? false : "no openssl program here";
}

/** Puts ca.pem, cert.pem and key.pem for 127.0.0.1 into a folder. */
async function createCertificate(folder: string): Promise<void> {
  const key = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-keyout",
    join(folder, "key.pem"),
  ];
  const subject = ["-subj", "/CN=cilo test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"];
  const made = await exec("openssl", ["req", "-x509", ...key, ...subject, "-out", join(folder, "cert.pem")], {
    timeoutMs: 30_000,
  });
  assert.equal(made.exitCode, 0, made.stderr);
  await copyFile(join(folder, "cert.pem"), join(folder, "ca.pem"));
}

describe("getJson", async () => {
  test("asks for a path without a version, with its query, and gives back the JSON", async () => {
    const asked: string[] = [];
    await using engine = await startFakeEngine((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('{"ID":"é"}');
    });
    const connection = await openConnection(engine.endpoint, env);

    const reply = await getJson(connection, "/info", { query: { filters: '{"label":["a=b c"]}' } });

    assert.deepEqual(reply, { ID: "é" });
    assert.deepEqual(asked, ["GET /info?filters=%7B%22label%22%3A%5B%22a%3Db+c%22%5D%7D"]);
  });

  test("speaks to a tcp endpoint too", async () => {
    const server = createServer((_, response) => response.end("[1]"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;

      assert.deepEqual(await getJson(await openConnection(`tcp://127.0.0.1:${port}`, env), "/info"), [1]);
    } finally {
      server.close();
    }
  });

  test("speaks TLS with the files it is told of, and checks who answers", { skip: await opensslSkip() }, async (t) => {
    const certificates = await mkdtemp(join(tmpdir(), "cilo-tls-"));
    t.after(() => rm(certificates, { recursive: true }));
    await createCertificate(certificates);
    const [key, cert] = await Promise.all(["key.pem", "cert.pem"].map((name) => readFile(join(certificates, name))));
    const server = createTlsServer({ key, cert, ca: cert, requestCert: true }, (request, response) => {
      if (request.method === "DELETE") response.statusCode = 204;
      response.end(request.method === "DELETE" ? "" : "[1]");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const trusting = await openConnection(endpoint, { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificates });
    const ignorant = await openConnection(endpoint, { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/nonexistent" });

    assert.deepEqual(await getJson(trusting, "/info"), [1]);
    const error = await refusalOf(getJson(ignorant, "/info"));
    assert.equal(error.code, "CILO_ENGINE_UNREACHABLE");
    assert.match(error.message, /self-signed certificate/);

    await using provider = createDockerProvider({
      endpoint,
      env: { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificates },
    });
    await provider.removeVolume("v");
  });

  test("gives null for what does not exist", async () => {
    await using engine = await startFakeEngine((_, response) => {
      response.statusCode = 404;
      response.end('{"message":"No such container: x"}');
    });

    assert.equal(await getJson(await openConnection(engine.endpoint, env), "/containers/x/json"), null);
  });

  const refusals: [body: string, reason: string][] = [
    ['{"message":"client version 1.24 is too old"}', "client version 1.24 is too old"],
    ["plain words\n", "plain words"],
    ['{"other":1}', '{"other":1}'],
    ["", "no reason given"],
    ["<!DOCTYPE html>\n<title>502 Bad Gateway</title>", "a web page came back, as from a proxy in between"],
    ["<html><body>no</body></html>", "a web page came back, as from a proxy in between"],
  ];
  for (const [body, reason] of refusals) {
    test(`hands on the engine's words in ${JSON.stringify(body)}`, async () => {
      await using engine = await startFakeEngine((_, response) => {
        response.statusCode = 400;
        response.end(body);
      });

      const error = await refusalOf(getJson(await openConnection(engine.endpoint, env), "/info"));

      assert.equal(error.code, "CILO_ENGINE_REQUEST_FAILED");
      assert.equal(error.message, `the engine refused to answer GET /info: ${reason}`);
      assert.deepEqual(error.details, { status: 400, reason });
    });
  }

  test("says so when the reply is not JSON", async () => {
    await using engine = await startFakeEngine((_, response) => response.end("<html>"));

    const error = await refusalOf(getJson(await openConnection(engine.endpoint, env), "/info"));

    assert.equal(error.code, "CILO_ENGINE_REQUEST_FAILED");
    assert.match(error.message, /GET \/info is not JSON/);
  });
});

describe("get", () => {
  async function failureOf(endpoint: string, options = {}): Promise<CiloError> {
    return refusalOf(get(await openConnection(endpoint, env), "/info", options));
  }

  test("refuses a body that is too long, and can cut it instead", async () => {
    await using engine = await startFakeEngine((_, response) => response.end("x".repeat(1000)));
    const connection = await openConnection(engine.endpoint, env);

    const error = await refusalOf(get(connection, "/info", { maxBodyBytes: 999 }));
    const cut = await get(connection, "/info", { maxBodyBytes: 999, cutBody: true });
    const whole = await get(connection, "/info", { maxBodyBytes: 1000 });

    assert.equal(error.code, "CILO_ENGINE_REQUEST_FAILED");
    assert.match(error.message, /longer than 999 bytes/);
    assert.equal(cut.body.length, 999);
    assert.equal(whole.body.length, 1000);
  });

  test("does not wait longer than it is told for an engine that says nothing", async () => {
    await using engine = await startFakeEngine(() => {});

    const error = await failureOf(engine.endpoint, { timeoutMs: 50 });

    assert.equal(error.code, "CILO_ENGINE_UNREACHABLE");
    assert.match(error.message, /did not answer in time/);
  });

  test("does not wait longer for one that stops in the middle of its reply", async () => {
    await using engine = await startFakeEngine((_, response) => response.write("{"));

    const error = await failureOf(engine.endpoint, { timeoutMs: 50 });

    assert.match(error.message, /did not answer in time/);
  });

  test("says so when the engine dies in the middle of its reply", async () => {
    await using engine = await startFakeEngine((_, response) => response.write("{", () => response.destroy()));

    const error = await failureOf(engine.endpoint);

    assert.equal(error.code, "CILO_ENGINE_UNREACHABLE");
    assert.match(error.message, /closed the connection/);
  });

  test("says so when what listens does not speak HTTP", async () => {
    await using engine = await startFakePeer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));

    const error = await failureOf(engine.endpoint);

    assert.equal(error.code, "CILO_ENGINE_UNREACHABLE");
    assert.match(error.message, /does not speak HTTP/);
  });

  test("says so when the socket is not there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cilo-http-"));
    try {
      const missing = await failureOf(`unix://${folder}/none.sock`);

      assert.equal(missing.code, "CILO_ENGINE_UNREACHABLE");
      assert.match(
        missing.message,
        new RegExp(`^cannot reach the engine at unix://${folder}/none.sock: there is no such socket$`),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("says so when nobody listens on the port", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));

    const error = await failureOf(`tcp://127.0.0.1:${port}`);

    assert.match(error.message, /connection refused/);
  });
});
