import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toUnreachable } from "../../../src/runtime/docker/unreachable.ts";

function failure(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

interface Case {
  cause: Error;
  endpoint?: string;
  platform?: NodeJS.Platform;
  why: RegExp;
  hint: RegExp;
}

const timeout = new DOMException("The operation was aborted due to timeout", "TimeoutError");

describe("toUnreachable", () => {
  const cases: Case[] = [
    { cause: failure("ENOENT"), why: /no such socket/, hint: /"sudo systemctl start docker"/ },
    { cause: failure("ENOENT"), platform: "darwin", why: /no such socket/, hint: /"open -a Docker"/ },
    {
      cause: failure("ENOENT"),
      endpoint: "unix:///run/user/1000/docker.sock",
      why: /no such socket/,
      hint: /"systemctl --user start docker"/,
    },
    {
      cause: failure("ECONNREFUSED"),
      endpoint: "unix:///home/u/.docker/desktop/docker.sock",
      why: /connection refused/,
      hint: /"systemctl --user start docker-desktop"/,
    },
    {
      cause: failure("ECONNREFUSED"),
      endpoint: "unix:///Users/u/.orbstack/run/docker.sock",
      platform: "darwin",
      why: /connection refused/,
      hint: /"orb start"/,
    },
    {
      cause: failure("ENOENT"),
      endpoint: "unix:///Users/u/.colima/default/docker.sock",
      platform: "darwin",
      why: /no such socket/,
      hint: /"colima start"/,
    },
    { cause: failure("EACCES"), why: /permission denied/, hint: /usermod --append --groups docker/ },
    { cause: timeout, why: /did not answer in time/, hint: /"sudo systemctl restart docker"/ },
    { cause: failure("ECONNRESET"), why: /closed the connection/, hint: /"sudo systemctl restart docker"/ },
    {
      cause: failure("ECONNRESET"),
      endpoint: "unix:///run/user/1000/docker.sock",
      why: /closed the connection/,
      hint: /"systemctl --user restart docker"/,
    },
    { cause: failure("HPE_INVALID_CONSTANT"), why: /does not speak HTTP/, hint: /restart docker/ },
    { cause: failure("EIO"), why: /connect EIO/, hint: /restart docker/ },
    {
      cause: failure("ECONNREFUSED"),
      endpoint: "tcp://192.0.2.7:2376",
      why: /connection refused/,
      hint: /"docker --host tcp:\/\/192\.0\.2\.7:2376 version"/,
    },
    {
      cause: failure("ENOTFOUND"),
      endpoint: "tcp://gone.example.org:2376",
      why: /host name does not resolve/,
      hint: /docker --host/,
    },
  ];
  for (const { cause, endpoint = "unix:///var/run/docker.sock", platform = "linux", why, hint } of cases) {
    test(`explains ${"code" in cause ? cause.code : cause.name} of ${endpoint} on ${platform}`, () => {
      const error = toUnreachable(cause, { endpoint, platform });

      assert.equal(error.code, "CILO_ENGINE_UNREACHABLE");
      assert.ok(error.message.startsWith(`cannot reach the engine at ${endpoint}: `), error.message);
      assert.match(error.message, why);
      assert.match(error.hint ?? "", hint);
      assert.equal(error.cause, cause);
    });
  }
});
