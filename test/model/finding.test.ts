import assert from "node:assert/strict";
import { test } from "node:test";
import { type Finding, messageOf, redactFinding, tellWarnings } from "../../src/model/finding.ts";

function finding(path: string[], given: Partial<Finding> = {}): Finding {
  return {
    rule: "some-rule",
    action: "kept",
    shared: true,
    level: "warning",
    path,
    statement: "is shared",
    hint: null,
    ...given,
  };
}

const nowhere = () => null;

const subjects: [string[], string][] = [
  [["services", "web", "pid"], "service web: is shared"],
  [["networks", "front"], "network front: is shared"],
  [["volumes", "data", "name"], "volume data: is shared"],
  [[], "the project: is shared"],
];
for (const [path, message] of subjects) {
  test(`a finding at ${JSON.stringify(path)} is about ${message.split(":")[0]}`, () => {
    assert.equal(messageOf(finding(path)), message);
    assert.deepEqual(tellWarnings([finding(path)], nowhere), [message]);
  });
}

test("what is said of several services alike is told once", () => {
  const findings = [finding(["services", "web"]), finding(["services", "db"], { detail: "the-db" })];

  assert.deepEqual(tellWarnings(findings, nowhere), ['services web, db ("the-db"): is shared']);
});

test("what is shown beside a name is in the sentence too", () => {
  assert.equal(messageOf(finding(["services", "db"], { detail: "the-db" })), 'service db ("the-db"): is shared');
});

test("of a crowd the first are named", () => {
  const findings = Array.from({ length: 12 }, (_, index) => finding(["services", `s${index}`]));

  assert.deepEqual(tellWarnings(findings, nowhere), ["services s0, s1, s2, s3, s4, s5, s6, s7 and 4 more: is shared"]);
});

test("services and volumes, other rules and other advice are told apart", () => {
  const findings = [
    finding(["services", "data"]),
    finding(["volumes", "data"]),
    finding(["services", "web"], { hint: "take it away" }),
    finding(["services", "db"], { rule: "other-rule" }),
  ];

  assert.deepEqual(tellWarnings(findings, nowhere), [
    "service data: is shared",
    "volume data: is shared",
    "service web: is shared; take it away",
    "service db: is shared",
  ]);
});

test("notes are not told", () => {
  assert.deepEqual(tellWarnings([finding(["services", "web"], { level: "note" })], nowhere), []);
});

test("a place is named once, and of several the first", () => {
  const one = [finding(["services", "web"]), finding(["services", "db"])];

  assert.deepEqual(
    tellWarnings(one, () => "compose.yml:3"),
    ["services web, db: is shared (compose.yml:3)"],
  );
  assert.deepEqual(
    tellWarnings(one, ({ path }) => (path[1] === "web" ? "compose.yml:3" : "db.yml:9")),
    ["services web, db: is shared (compose.yml:3 and 1 more)"],
  );
});

test("secrets are masked in all that is shown", () => {
  const secret = finding(["services", "web"], {
    statement: "says hunter2",
    hint: "remove hunter2",
    detail: "hunter2",
  });

  const masked = redactFinding(secret, (text) => text.replaceAll("hunter2", "***"));

  assert.doesNotMatch(JSON.stringify(masked), /hunter2/);
});
