import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toComposeEnvironment } from "../../../src/runtime/docker/compose-environment.ts";
import type { Connection } from "../../../src/runtime/docker/connection.ts";
import { defaultPatience } from "../../../src/runtime/docker/patience.ts";

const local: Connection = {
  endpoint: "unix:///run/d.sock",
  address: { kind: "unix", path: "/run/d.sock" },
  tls: null,
  patience: defaultPatience,
};

const withFile = ["--project-name", "cilo-shop-login", "--file", "compose.yaml", "up"];

describe("toComposeEnvironment", () => {
  test("ties Compose to the engine in use and leaves the rest as it is", () => {
    const env = { PATH: "/bin", COMPOSE_PROFILES: "debug", COMPOSE_FILE: "a.yml" };

    assert.deepEqual(toComposeEnvironment(env, local, withFile), { ...env, DOCKER_HOST: "unix:///run/d.sock" });
  });

  test("drops what the shell says of another engine or of how Compose behaves", () => {
    const env = {
      PATH: "/bin",
      DOCKER_HOST: "tcp://192.0.2.7:2376",
      DOCKER_CONTEXT: "far",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: "/certs",
      COMPOSE_PROJECT_NAME: "mine",
      COMPOSE_IGNORE_ORPHANS: "1",
      COMPOSE_REMOVE_ORPHANS: "1",
      COMPOSE_COMPATIBILITY: "1",
    };

    assert.deepEqual(toComposeEnvironment(env, local, withFile), { PATH: "/bin", DOCKER_HOST: "unix:///run/d.sock" });
    assert.equal(env.COMPOSE_PROJECT_NAME, "mine");
  });

  test("hands on the TLS files of the engine in use", () => {
    const tls = { directory: "/certs", ca: "the ca", cert: null, key: null };
    const connection: Connection = {
      endpoint: "tcp://192.0.2.7:2376",
      address: { kind: "tcp", host: "192.0.2.7", port: 2376 },
      tls,
      patience: defaultPatience,
    };

    assert.deepEqual(toComposeEnvironment({ DOCKER_CERT_PATH: "/other" }, connection, withFile), {
      DOCKER_HOST: "tcp://192.0.2.7:2376",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: "/certs",
    });
  });

  for (const { args, readsFiles } of [
    { args: ["--project-name", "cilo-shop-login", "down"], readsFiles: false },
    { args: ["-p", "cilo-shop-login", "--ansi", "never", "logs", "-f", "web"], readsFiles: false },
    { args: ["--project-name", "--file", "exec", "web", "sh"], readsFiles: false },
    { args: ["--dry-run", "-p", "x", "exec", "web", "tail", "--file", "x"], readsFiles: false },
    { args: [], readsFiles: false },
    { args: ["--project-name", "x", "--file", "a.yml", "down"], readsFiles: true },
    { args: ["--profile", "p", "-f", "a.yml", "config"], readsFiles: true },
    { args: ["--file=a.yml", "config"], readsFiles: true },
    { args: ["--all-resources", "-fa.yml", "config"], readsFiles: true },
  ]) {
    test(`${readsFiles ? "keeps" : "drops"} what the shell says of files for ${JSON.stringify(args.join(" "))}`, () => {
      const ofFiles = {
        COMPOSE_FILE: "compose.yml",
        COMPOSE_PATH_SEPARATOR: ",",
        COMPOSE_ENV_FILES: "a.env",
        COMPOSE_DISABLE_ENV_FILE: "1",
        COMPOSE_PROFILES: "debug",
      };

      const result = toComposeEnvironment({ PATH: "/bin", ...ofFiles }, local, args);

      assert.deepEqual(result, { PATH: "/bin", DOCKER_HOST: "unix:///run/d.sock", ...(readsFiles ? ofFiles : {}) });
    });
  }
});
