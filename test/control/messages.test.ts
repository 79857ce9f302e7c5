import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseReply, parseRequest, protocolVersion } from "../../src/control/messages.ts";
import { toPublished } from "../../src/model/published.ts";
import { makeEnvironment, makeService } from "../support/environment.ts";

function line(request: unknown, protocol = protocolVersion): string {
  return JSON.stringify({ protocol, request });
}

describe("parseRequest", () => {
  test("takes what the client sends", () => {
    const environment = toPublished(
      makeEnvironment({ services: { web: makeService({ addresses: ["10.224.0.10"] }) } }),
    );
    const request = { type: "publish", revision: 3, status: "running", composeProject: "cilo-shop-blue", environment };

    assert.deepEqual(parseRequest(line(request)), { request });
  });

  test("takes status and stop in any version", () => {
    for (const type of ["status", "stop"]) {
      assert.deepEqual(parseRequest(line({ type, later: 1 }, protocolVersion + 41)), { request: { type } });
    }
  });

  test("takes what asks for a trace, for what is answered, and for log lines", () => {
    const requests = [
      { type: "environments" },
      { type: "trace", name: "web.login.test", recordType: "A", transport: "udp" },
      { type: "logs", queries: true, tail: 100, follow: true },
    ];
    for (const request of requests) assert.deepEqual(parseRequest(line(request)), { request });
  });

  const refused: [string, string, RegExp][] = [
    ["no JSON", "{", /not JSON/],
    ["no message", "[]", /no protocol/],
    [
      "another protocol",
      line({ type: "withdraw", revision: 1, environmentId: "1" }, protocolVersion + 1),
      /protocol 2 is not 1/,
    ],
    ["an unknown request", line({ type: "reboot" }), /type/i],
    [
      "a trace by no transport",
      line({ type: "trace", name: "a", recordType: "A", transport: "smoke" }),
      /Expected \("udp" \| "tcp"\)/,
    ],
    ["fewer log lines than none", line({ type: "logs", queries: false, tail: -1, follow: false }), />=0/],
    [
      "a revision that no other could follow",
      line({ type: "withdraw", revision: 0, environmentId: "1" }).replace(":0,", ":1e999,"),
      /safe integer/,
    ],
    ["an address that is none", line({ type: "withdraw", revision: "x", environmentId: "1" }), /number/i],
  ];
  for (const [what, text, problem] of refused) {
    test(`refuses ${what}`, () => {
      const parsed = parseRequest(text);

      assert.ok("problem" in parsed);
      assert.match(parsed.problem, problem);
    });
  }
});

describe("parseReply", () => {
  test("reads results and errors, and nothing else", () => {
    const failed = { protocol: 1, ok: false, error: { code: "CILO_LOCKED", message: "held", hint: null } };

    assert.deepEqual(parseReply('{"protocol":1,"ok":true,"result":{"revision":1}}'), {
      protocol: 1,
      ok: true,
      result: { revision: 1 },
    });
    assert.deepEqual(parseReply(JSON.stringify(failed)), failed);
    assert.equal(parseReply('{"protocol":1,"ok":false,"error":{"code":"EVIL","message":"","hint":null}}'), null);
    assert.equal(parseReply("hello"), null);
  });
});
