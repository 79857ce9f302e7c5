import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeProbes } from "../../../src/controller/verify-isolation/judge.ts";
import { judgeConnections } from "../../../src/controller/verify-isolation/judge-connections.ts";
import { judgeNames } from "../../../src/controller/verify-isolation/judge-names.ts";
import { probeLimits } from "../../../src/controller/verify-isolation/limits.ts";
import type { Outcome } from "../../../src/controller/verify-isolation/outcome.ts";
import { planProbes } from "../../../src/controller/verify-isolation/plan-probes.ts";
import type { PlaceReport } from "../../../src/controller/verify-isolation/probe-report.ts";
import type { Namespace, Subject } from "../../../src/controller/verify-isolation/subject.ts";
import { type Target, targetsOf } from "../../../src/controller/verify-isolation/targets.ts";
import type { WantedName } from "../../../src/controller/verify-isolation/wanted-names.ts";
import { makeMember, makeSubject } from "./make-subject.ts";

const blue = makeSubject("blue", [
  makeMember("blue-web", "blue_default", "10.224.0.10"),
  makeMember("blue-db", "blue_default", "10.224.0.11"),
]);
const green = makeSubject("green", [makeMember("green-web", "green_default", "10.224.1.10")]);

const works = { method: "nc -z", via: "container", image: "busybox" } as const;

function placeOf(subject: Subject, name: string): Namespace {
  const place = subject.namespaces.find(({ owner }) => owner.name === name);
  if (!place) throw new Error(name);
  return place;
}

/** What was found at a place, where every connection came out as `outcomeOf` says. */
function report(
  place: Namespace,
  targets: readonly Target[],
  outcomeOf: (target: Target) => Outcome,
  changes: Partial<PlaceReport> = {},
): PlaceReport {
  return {
    place,
    connect: works,
    connectProblem: null,
    lookup: works,
    lookupProblem: null,
    connections: targets.map((target) => ({ target, outcome: outcomeOf(target) })),
    lookups: [],
    ownNameResolved: true,
    ...changes,
  };
}

const ofBlue = targetsOf(blue, () => []);
const ofGreen = targetsOf(green, () => []);
const greenWorks = report(placeOf(green, "green-web"), ofGreen, () => "open");

/**
 * The verdict on what blue's database tries at green's web, when its own web comes out as `own` and green's own try as
 * `control`.
 */
function judgeOne(options: { own: Outcome; foreign: Outcome; control: Outcome }) {
  const place = placeOf(blue, "blue-db");
  const tried = report(place, [...ofBlue, ...ofGreen], ({ environment, container }) =>
    environment === "shop/green" ? options.foreign : container === "blue-web" ? options.own : "open",
  );
  return judgeConnections([tried], [report(placeOf(green, "green-web"), ofGreen, () => options.control)], ofBlue);
}

describe("judgeConnections", () => {
  for (const [own, foreign, control, verdict, status] of [
    ["open", "silent", "open", "kept-out", null],
    ["open", "unreachable", "open", "kept-out", null],
    ["refused", "silent", "refused", "kept-out", null],
    ["open", "open", "open", "arrived", "failed"],
    ["open", "refused", "refused", "arrived", "failed"],
    ["open", "refused", "open", "unproven", "unproven"],
    ["open", "unknown", "open", "unproven", "unproven"],
    ["open", "silent", "silent", "unproven", "unproven"],
    ["open", "silent", "unknown", "unproven", "unproven"],
    ["silent", "silent", "open", "unproven", "unproven"],
    ["unreachable", "unreachable", "open", "unproven", "unproven"],
    ["silent", "open", "silent", "arrived", "failed"],
  ] as const) {
    test(`its own ${own}, the other's ${foreign}, that one's own try ${control}: ${verdict}`, () => {
      const { probes, findings } = judgeOne({ own, foreign, control });

      assert.deepEqual(
        probes.map((probe) => [probe.outcome, probe.control, probe.verdict]),
        [[foreign, control, verdict]],
      );
      assert.equal(
        findings.some((finding) => finding.status === status),
        status !== null,
      );
      assert.equal(findings.length > 0, status !== null);
    });
  }

  test("reaching itself is no control where there are others to reach", () => {
    const { probes } = judgeOne({ own: "silent", foreign: "silent", control: "open" });

    assert.deepEqual(
      probes.map(({ verdict }) => verdict),
      ["unproven"],
    );
  });

  test("reaching itself is one for a container that is alone", () => {
    const place = placeOf(green, "green-web");
    const tried = report(place, [...ofGreen, ...ofBlue], ({ environment }) =>
      environment === "shop/green" ? "open" : "silent",
    );
    const counterparts = blue.namespaces.map((namespace) => report(namespace, ofBlue, () => "open"));

    const { probes, findings } = judgeConnections([tried], counterparts, ofGreen);

    assert.deepEqual([probes.map(({ verdict }) => verdict), findings], [["kept-out", "kept-out"], []]);
  });

  test("a target that was tried from nowhere in its own environment is unproven", () => {
    const tried = report(placeOf(blue, "blue-db"), [...ofBlue, ...ofGreen], ({ environment }) =>
      environment === "shop/blue" ? "open" : "silent",
    );

    const { probes, findings } = judgeConnections([tried], [], ofBlue);

    assert.deepEqual(
      probes.map(({ control, verdict }) => [control, verdict]),
      [[null, "unproven"]],
    );
    assert.match(
      findings.map(({ message }) => message).join(),
      /green-web was not reached from inside its own environment at 10\.224\.1\.10:80/,
    );
  });

  test("a place without tools is unproven, and the hint names the option that helps", () => {
    const bare = report(placeOf(blue, "blue-db"), [], () => "unknown", { connect: null, connectProblem: "no-tools" });

    const { probes, findings } = judgeConnections([bare], [greenWorks], ofBlue);

    assert.deepEqual(probes, []);
    assert.deepEqual(
      findings.map(({ status }) => status),
      ["unproven"],
    );
    assert.match(findings[0]?.hint ?? "", /--image busybox/);
  });
});

describe("judgeNames", () => {
  const place = placeOf(blue, "blue-web");
  const engineName: WantedName = { text: "green-web", kind: "engine" };
  const zoneName: WantedName = { text: "web.green.test", kind: "zone" };
  const asked = (name: WantedName, addresses: string[] | null, changes: Partial<PlaceReport> = {}) =>
    report(place, [], () => "unknown", { lookups: [{ name, addresses }], ...changes });

  for (const [what, reports, verdict, statuses] of [
    ["no answer", asked(engineName, []), "kept-out", []],
    ["an address of its own", asked(engineName, ["10.224.0.10"]), "kept-out", []],
    ["an address of the other", asked(engineName, ["10.224.0.10", "10.224.1.10"]), "arrived", ["failed"]],
    ["nothing written", asked(engineName, null), "unproven", ["unproven"]],
    [
      "its own name does not resolve either",
      asked(engineName, [], { ownNameResolved: false }),
      "unproven",
      ["unproven"],
    ],
    ["a name of the zone, from the machine's resolver", asked(zoneName, ["10.224.1.10"]), "kept-out", ["note"]],
  ] as const) {
    test(`${what}: ${verdict}`, () => {
      const { probes, findings } = judgeNames([reports], green);

      assert.deepEqual(
        probes.map((probe) => probe.verdict),
        [verdict],
      );
      assert.deepEqual(
        findings.map(({ status }) => status),
        statuses,
      );
    });
  }

  test("a name of the zone from a container on the other's network is the engine's own answer", () => {
    const guest = makeSubject("blue", [makeMember("blue-web", "green_default", "10.224.1.2")]);
    const reports = report(placeOf(guest, "blue-web"), [], () => "unknown", {
      lookups: [{ name: zoneName, addresses: ["10.224.1.10"] }],
    });

    assert.deepEqual(
      judgeNames([reports], green).probes.map(({ verdict }) => verdict),
      ["arrived"],
    );
  });
});

describe("judgeProbes", () => {
  const silentForOthers = (place: Namespace) => (target: Target) =>
    target.environment === place.environment ? "open" : ("silent" as const);

  test("says of both directions what was probed and how much of it there is", () => {
    const limits = { ...probeLimits, maxPlaces: 1, maxTargets: 1 };
    const plans = planProbes([blue, green], limits);
    const sides = plans.map(({ plan, available }) => ({
      plan,
      available,
      reports: plan.places.map((place) => report(place, [...plan.own, ...plan.foreign], silentForOthers(place))),
    }));
    const [first, second] = sides;
    assert.ok(first && second);

    const { checks, probes } = judgeProbes([first, second], { limits, changes: [] });

    assert.deepEqual(
      checks
        .map(({ name, from, to, status, summary }) => [name, from, to, status, summary])
        .filter(([name]) => name === "connections"),
      [
        ["connections", "shop/blue", "shop/green", "ok", "1 connection to 1 port from 1 of 2 containers"],
        ["connections", "shop/green", "shop/blue", "ok", "1 connection to 1 of 2 ports from 1 container"],
      ],
    );
    assert.deepEqual([probes.total, probes.keptOut, probes.arrived, probes.unproven], [2, 2, 0, 0]);
  });

  test("what a container that changed meanwhile had to do with proves nothing, and no name does", () => {
    const lookups = [{ name: { text: "web", kind: "engine" } as const, addresses: [] }];
    const [first, second] = planProbes([blue, green], probeLimits).map(({ plan, available }) => ({
      plan,
      available,
      reports: plan.places.map((place) =>
        report(place, [...plan.own, ...plan.foreign], silentForOthers(place), { lookups }),
      ),
    }));
    assert.ok(first && second);

    const { checks, probes } = judgeProbes([first, second], {
      limits: probeLimits,
      changes: [{ environment: "shop/blue", container: "blue-web", kind: "started-again" }],
    });

    assert.deepEqual(
      checks.map(({ name, status, findings }) => [name, status, findings.length]),
      ["connections", "names", "connections", "names"].map((name) => [name, "unproven", 1]),
    );
    assert.deepEqual(
      probes.connections.filter(({ verdict }) => verdict === "kept-out").map(({ from, to }) => [from, to]),
      [
        ["blue-db", "green-web"],
        ["green-web", "blue-db"],
      ],
    );
    assert.deepEqual([...new Set(probes.lookups.map(({ verdict }) => verdict))], ["unproven"]);
  });

  test("an environment without a container on a network proves nothing in either direction", () => {
    const off = makeSubject("off", []);
    const plans = planProbes([blue, off], probeLimits);
    const [first, second] = plans.map(({ plan, available }) => ({
      plan,
      available,
      reports: plan.places.map((place) => report(place, [...plan.own, ...plan.foreign], silentForOthers(place))),
    }));
    assert.ok(first && second);

    const { checks } = judgeProbes([first, second], { limits: probeLimits, changes: [] });

    assert.deepEqual([...new Set(checks.map(({ status }) => status))], ["unproven"]);
  });

  test("more network positions than are probed from is no proof", () => {
    const plans = planProbes([blue, green], { ...probeLimits, maxPositions: 1 });
    const spread = makeSubject("blue", [makeMember("a", "n1", "10.0.0.1"), makeMember("b", "n2", "10.0.0.2")]);
    const [first, second] = plans.map(({ plan, available }, index) => ({
      plan: index === 0 ? { ...plan, subject: spread } : plan,
      available,
      reports: plan.places.map((place) => report(place, [...plan.own, ...plan.foreign], silentForOthers(place))),
    }));
    assert.ok(first && second);

    const { checks } = judgeProbes([first, second], {
      limits: { ...probeLimits, maxPositions: 1 },
      changes: [],
    });

    assert.match(
      checks[0]?.findings.map(({ message }) => message).join() ?? "",
      /2 different sets of networks, and only 1/,
    );
  });
});
