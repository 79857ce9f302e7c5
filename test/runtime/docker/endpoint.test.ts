import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { parseEndpoint, resolveEndpoint } from "../../../src/runtime/docker/endpoint.ts";

/** A reader over files given as an object. */
function filesOf(files: Record<string, string>) {
  return async (path: string) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return content;
  };
}

function contextFile(name: string, host: string, directory = "/home/u/.docker"): Record<string, string> {
  const folder = createHash("sha256").update(name).digest("hex");
  return {
    [`${directory}/contexts/meta/${folder}/meta.json`]: JSON.stringify({
      Name: name,
      Metadata: { Description: "a context" },
      Endpoints: { docker: { Host: host, SkipTLSVerify: false } },
    }),
  };
}

interface Case {
  name: string;
  env?: NodeJS.ProcessEnv;
  files?: Record<string, string>;
  platform?: NodeJS.Platform;
  /** Sockets that are there. */
  sockets?: string[];
}

function resolve({ env = {}, files = {}, platform = "linux", sockets = [] }: Case) {
  return resolveEndpoint({
    env: { HOME: "/home/u", ...env },
    platform,
    readFile: filesOf(files),
    fileExists: async (path) => sockets.includes(path),
  });
}

async function refusalOf(promise: Promise<unknown>): Promise<CiloError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof CiloError, String(error));
    return error;
  }
  throw new Error("nothing was thrown");
}

const current = (name: string) => ({
  "/home/u/.docker/config.json": JSON.stringify({ auths: {}, currentContext: name }),
});

describe("resolveEndpoint", () => {
  const cases: (Case & { endpoint: string; source: string })[] = [
    { name: "the default socket with nothing set", endpoint: "unix:///var/run/docker.sock", source: "default" },
    {
      name: "DOCKER_HOST before everything else",
      env: { DOCKER_HOST: "unix:///run/a.sock", DOCKER_CONTEXT: "b" },
      files: { ...current("c"), ...contextFile("b", "unix:///b.sock"), ...contextFile("c", "unix:///c.sock") },
      endpoint: "unix:///run/a.sock",
      source: "DOCKER_HOST",
    },
    {
      name: "DOCKER_CONTEXT before the current context",
      env: { DOCKER_CONTEXT: "b" },
      files: { ...current("c"), ...contextFile("b", "unix:///b.sock"), ...contextFile("c", "unix:///c.sock") },
      endpoint: "unix:///b.sock",
      source: "context b (DOCKER_CONTEXT)",
    },
    {
      name: "the current context",
      files: { ...current("c"), ...contextFile("c", "unix:///c.sock") },
      endpoint: "unix:///c.sock",
      source: "context c (/home/u/.docker/config.json)",
    },
    {
      name: "DOCKER_CONFIG in place of ~/.docker",
      env: { DOCKER_CONFIG: "/etc/d" },
      files: { "/etc/d/config.json": '{"currentContext":"c"}', ...contextFile("c", "unix:///c.sock", "/etc/d") },
      endpoint: "unix:///c.sock",
      source: "context c (/etc/d/config.json)",
    },
    {
      name: "DOCKER_CONTEXT=default in spite of a current context",
      env: { DOCKER_CONTEXT: "default" },
      files: { ...current("c"), ...contextFile("c", "unix:///c.sock") },
      endpoint: "unix:///var/run/docker.sock",
      source: "default",
    },
    {
      name: "the default socket for the current context default",
      files: current("default"),
      endpoint: "unix:///var/run/docker.sock",
      source: "default",
    },
    {
      name: "the default socket for a config.json without a context",
      files: { "/home/u/.docker/config.json": '{"auths":{}}' },
      endpoint: "unix:///var/run/docker.sock",
      source: "default",
    },
    {
      name: "the home directory's socket on macOS when it is the only one",
      platform: "darwin",
      sockets: ["/home/u/.docker/run/docker.sock"],
      endpoint: "unix:///home/u/.docker/run/docker.sock",
      source: "default",
    },
    {
      name: "the system's socket on macOS when both are there",
      platform: "darwin",
      sockets: ["/var/run/docker.sock", "/home/u/.docker/run/docker.sock"],
      endpoint: "unix:///var/run/docker.sock",
      source: "default",
    },
    {
      name: "tcp without a port",
      env: { DOCKER_HOST: "tcp://10.1.2.3" },
      endpoint: "tcp://10.1.2.3:2375",
      source: "DOCKER_HOST",
    },
    {
      name: "tcp with TLS without a port",
      env: { DOCKER_HOST: "tcp://build.example.org/", DOCKER_TLS_VERIFY: "1" },
      endpoint: "tcp://build.example.org:2376",
      source: "DOCKER_HOST",
    },
    {
      name: "a host and port without a scheme",
      env: { DOCKER_HOST: "localhost:2375" },
      endpoint: "tcp://localhost:2375",
      source: "DOCKER_HOST",
    },
    {
      name: "an IPv6 address",
      env: { DOCKER_HOST: "tcp://[::1]:2375" },
      endpoint: "tcp://[::1]:2375",
      source: "DOCKER_HOST",
    },
    {
      name: "unix:// alone",
      env: { DOCKER_HOST: "unix://" },
      endpoint: "unix:///var/run/docker.sock",
      source: "DOCKER_HOST",
    },
  ];
  for (const { endpoint, source, ...options } of cases) {
    test(`takes ${options.name}`, async () => {
      assert.deepEqual(await resolve(options), { endpoint, source });
    });
  }

  const unsupported: [host: string, why: RegExp][] = [
    ["ssh://someone:hidden@build.example.org", /kind ssh:\/\//],
    ["npipe:////./pipe/docker_engine", /kind npipe:\/\//],
    ["fd://", /kind fd:\/\//],
    ["http://10.1.2.3:2375", /kind http:\/\//],
    ["unix://run/docker.sock", /absolute path/],
    ["tcp://", /tcp:\/\/HOST:PORT/],
    ["tcp://10.1.2.3:2375/prefix", /tcp:\/\/HOST:PORT/],
    ["tcp://10.1.2.3:port", /tcp:\/\/HOST:PORT/],
  ];
  for (const [host, why] of unsupported) {
    test(`does not take ${host}`, async () => {
      const error = await refusalOf(resolve({ name: "", env: { DOCKER_HOST: host } }));

      assert.equal(error.code, "CILO_ENGINE_UNSUPPORTED");
      assert.match(error.message, why);
      assert.match(error.message, /DOCKER_HOST/);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /hidden/);
    });
  }

  test("names the context that an unsupported endpoint comes from", async () => {
    const files = { ...current("far"), ...contextFile("far", "ssh://build.example.org") };

    const error = await refusalOf(resolve({ name: "", files }));

    assert.equal(error.code, "CILO_ENGINE_UNSUPPORTED");
    assert.match(error.message, /context far \(\/home\/u\/\.docker\/config\.json\) is of the kind ssh:/);
  });

  test("says which context does not exist, and who named it", async () => {
    const error = await refusalOf(resolve({ name: "", env: { DOCKER_CONTEXT: "gone" } }));

    assert.equal(error.code, "CILO_ENGINE_UNREACHABLE");
    assert.equal(error.message, 'docker context "gone", named by DOCKER_CONTEXT, does not exist');
    assert.match(error.hint ?? "", /docker context ls/);
  });

  for (const [what, content] of [
    ["not JSON", "{"],
    ["of another shape", '{"currentContext": 7}'],
    ["null", "null"],
  ] as const) {
    test(`does not guess when config.json is ${what}`, async () => {
      const error = await refusalOf(resolve({ name: "", files: { "/home/u/.docker/config.json": content } }));

      assert.equal(error.code, "CILO_ENGINE_UNREACHABLE");
      assert.match(error.message, /cannot tell which engine is meant: \/home\/u\/\.docker\/config\.json/);
    });
  }

  test("does not guess when config.json may not be read", async () => {
    const readFile = async () => {
      throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    };

    const error = await refusalOf(resolveEndpoint({ env: { HOME: "/home/u" }, readFile }));

    assert.match(error.message, /permission denied/);
  });
});

describe("parseEndpoint", () => {
  test("takes a normal endpoint apart", () => {
    assert.deepEqual(parseEndpoint("unix:///var/run/docker.sock", "a test", false), {
      kind: "unix",
      path: "/var/run/docker.sock",
    });
    assert.deepEqual(parseEndpoint("tcp://[::1]:2376", "a test", false), { kind: "tcp", host: "::1", port: 2376 });
  });
});
