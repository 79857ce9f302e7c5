import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeResolver, type SuffixFacts } from "../../src/doctor/judge-resolver.ts";
import type { LookUp } from "../../src/doctor/look-up-names.ts";
import type { DetectedMechanism } from "../../src/resolver/detect.ts";
import { toLines } from "./survey.ts";

const dropIn = "/etc/systemd/resolved.conf.d/cilo.conf";
const resolved: DetectedMechanism = {
  mechanism: "resolved-drop-in",
  reason: "resolved runs",
  warnings: ["look at it"],
};
const unknown: DetectedMechanism = { mechanism: "unknown", reason: "nobody can", warnings: [] };
const web = { name: "web.blue.test", addresses: ["10.224.0.12"] };
const ns = { name: "ns.test", addresses: ["127.0.0.1"] };

interface Seen {
  hasArrived?: boolean;
  lookUp?: LookUp | null;
  known?: typeof web;
  setup?: SuffixFacts["setup"];
  mechanism?: DetectedMechanism;
}

function judge({ hasArrived = true, lookUp = web, known = web, setup = null, mechanism = unknown }: Seen): string[] {
  const suffix = { suffix: "test", hasArrived, known: { ...known, lookUp }, setup };
  return toLines(judgeResolver({ mechanism, port: 5354, suffixes: [suffix] }));
}

const well = "ok: this machine's programs find names below .test";
const notFound = "this machine's programs do not find names below .test";
const nothing: LookUp = { addresses: [] };

describe("the judgement of the system's resolver", () => {
  const cases: [string, Seen, string[]][] = [
    ["asks us and hands on what we say", {}, [well]],
    [
      "asks us, although something about it is odd",
      { mechanism: resolved, setup: { path: dropIn, text: "DNS=127.0.0.1:5354" } },
      [well, "warning: look at it"],
    ],
    [
      "asks us, and remembers that there is no such name",
      { lookUp: nothing, mechanism: { ...resolved, warnings: [] } },
      [
        "warning: for web.blue.test this machine's programs are told that there is no such name, not 10.224.0.12 -> resolvectl flush-caches",
      ],
    ],
    [
      "asks us, and has another address from elsewhere",
      { lookUp: { addresses: ["10.9.9.9"] }, mechanism: unknown },
      [
        "warning: for web.blue.test this machine's programs are told 10.9.9.9, not 10.224.0.12 -> grep web.blue.test /etc/hosts",
      ],
    ],
    [
      "asks us, and fails all the same",
      { lookUp: { failure: "EAI_AGAIN" }, mechanism: unknown },
      [
        "warning: the system's resolver asks cilo, and fails for web.blue.test (EAI_AGAIN) -> getent ahosts web.blue.test",
      ],
    ],
    [
      "asks us, and does not come to an end",
      { lookUp: null, mechanism: unknown },
      ["warning: the system's resolver asks cilo, and does not come to an end for web.blue.test"],
    ],
    ["has the right addresses without asking us, as a cache between does", { hasArrived: false }, [well]],
    [
      "asks another CILO_HOME's server",
      { hasArrived: false, known: ns, lookUp: ns },
      ["warning: another DNS server answers for .test here, that of another CILO_HOME perhaps -> cilo dns setup"],
    ],
    [
      "was never told of us, and cannot be by any way that is known",
      { hasArrived: false, lookUp: nothing },
      [`warning: ${notFound}: its resolver does not ask cilo -> cilo dns setup`],
    ],
    [
      "was never told of us",
      { hasArrived: false, lookUp: { failure: "EAI_AGAIN" }, mechanism: resolved, setup: { path: dropIn, text: null } },
      [`warning: ${notFound}: its resolver does not ask cilo -> cilo dns setup`],
    ],
    [
      "was told of another port",
      { hasArrived: false, lookUp: nothing, mechanism: resolved, setup: { path: dropIn, text: "DNS=127.0.0.1:5399" } },
      [
        `problem: ${notFound}, although ${dropIn} is there: the DNS server listens on port 5354, which is not in it -> cilo dns setup`,
        "warning: look at it",
      ],
    ],
    [
      "was told of us and does not heed it",
      { hasArrived: false, lookUp: nothing, mechanism: resolved, setup: { path: dropIn, text: "DNS=127.0.0.1:5354" } },
      [
        `problem: ${notFound}, although ${dropIn} is there: its resolver was not started anew since, or does not heed it -> cilo dns setup`,
        "warning: look at it",
      ],
    ],
    [
      "was told of us and says nothing at all",
      { hasArrived: false, lookUp: null, mechanism: resolved, setup: { path: dropIn, text: "DNS=127.0.0.1:5399" } },
      [
        `problem: ${notFound}, although ${dropIn} is there: the DNS server listens on port 5354, which is not in it -> cilo dns setup`,
        "warning: look at it",
      ],
    ],
  ];
  for (const [what, seen, expected] of cases) {
    test(`of one that ${what}`, () => {
      assert.deepEqual(judge(seen), expected);
    });
  }

  test("tells of several suffixes that all is well with in one line", () => {
    const facts = { hasArrived: true, known: { ...web, lookUp: web }, setup: null };

    const findings = judgeResolver({
      mechanism: unknown,
      port: 5354,
      suffixes: [
        { ...facts, suffix: "test" },
        { ...facts, suffix: "shop.internal" },
      ],
    });

    assert.deepEqual(toLines(findings), [`${well}, .shop.internal`]);
  });
});
