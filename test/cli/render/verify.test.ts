import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderIsolation } from "../../../src/cli/render/verify.ts";
import { toCheck } from "../../../src/controller/verify-isolation/check.ts";
import type { IsolationReport } from "../../../src/controller/verify-isolation.ts";

const direction = { from: "shop/blue", to: "shop/green" };

function report(changes: Partial<IsolationReport> = {}): IsolationReport {
  return {
    isolated: true,
    environments: ["blue", "green"].map((name) => ({ project: "shop", name, id: name, containers: 1, running: 1 })),
    checks: [
      toCheck("networks", { findings: [], summary: "2 networks" }),
      toCheck("connections", { ...direction, findings: [], summary: "4 connections" }),
    ],
    probes: {
      total: 8,
      coverage: [],
      arrived: 0,
      keptOut: 8,
      unproven: 0,
      timeoutMs: 2000,
      places: [],
      connections: [],
      lookups: [],
    },
    ...changes,
  };
}

describe("renderIsolation", () => {
  test("one line a check and the verdict", () => {
    assert.equal(
      renderIsolation(report()),
      `ok  networks                             2 networks
ok  connections shop/blue -> shop/green  4 connections

shop/blue and shop/green are isolated: 8 probes, none arrived
`,
    );
  });

  test("what was only a sample is not called more than that", () => {
    const all = { probed: 3, of: 3 };
    const coverage = [{ environment: "shop/blue", places: all, targets: all, names: { probed: 64, of: 241 } }];

    const text = renderIsolation(report({ probes: { ...report().probes, coverage } }));

    assert.match(text, /are isolated: 8 probes \(a sample\), none arrived\n$/);
  });

  test("failures first, each with what helps", () => {
    const findings = [
      { status: "failed", message: "container a reaches\ncontainer b", hint: 'run "x"', details: {} } as const,
    ];
    const checks = [
      ...report().checks.slice(0, 1),
      toCheck("connections", { ...direction, findings, summary: "4 connections" }),
    ];
    const probes = { ...report().probes, arrived: 1 };

    assert.equal(
      renderIsolation(report({ isolated: false, checks, probes })),
      `failed  connections shop/blue -> shop/green  4 connections
  failed: container a reaches container b
    hint: run "x"
ok      networks                             2 networks

shop/blue and shop/green are not isolated: 8 probes, 1 arrived; 1 of 2 checks failed
`,
    );
  });

  test("what is not proven is not called a failure, and a note changes no verdict", () => {
    const note = { status: "note", message: "a note", hint: null, details: {} } as const;
    const unproven = { status: "unproven", message: "nobody could try", hint: null, details: {} } as const;
    const noted = report({ checks: [toCheck("names", { findings: [note], summary: "" })] });
    const open = report({ isolated: false, checks: [toCheck("names", { findings: [unproven], summary: "" })] });

    assert.match(renderIsolation(noted), /^ok +names\n {2}note: a note\n\n.* are isolated: /);
    assert.match(
      renderIsolation(open),
      /are not proven to be isolated: 8 probes, none arrived, but not everything could be looked at\n$/,
    );
  });

  test("of many findings the first are shown, and how many more there are", () => {
    const findings = Array.from(
      { length: 12 },
      (_, index) => ({ status: "failed", message: `f${index}`, hint: null, details: {} }) as const,
    );

    const text = renderIsolation(
      report({ isolated: false, checks: [toCheck("connections", { findings, summary: "" })] }),
    );

    assert.match(text, / {2}failed: f9\n {2}and 2 more, all of them with --json\n/);
    assert.doesNotMatch(text, /f10/);
  });
});
