import assert from "node:assert/strict";
import { test } from "node:test";
import { lintProject, lintRules } from "../../src/compose/lint.ts";
import { createRedact } from "../../src/compose/redact.ts";
import { contextOf, type ModelText } from "./model-builder.ts";

const ports = [{ target: 3000, published: "3000", protocol: "tcp" }];

test("a project of plain services has nothing to tell of", () => {
  const findings = lintProject(contextOf({ services: { web: { image: "web" }, db: { image: "db" } } }));

  assert.deepEqual(findings, []);
});

test("no rule is named twice, and each has its place", () => {
  assert.equal(new Set(lintRules).size, lintRules.length);
});

test("findings come by rule, then by service, whatever the order in the file", () => {
  const web = { image: "web", pid: "host", privileged: true };
  const model: ModelText = { services: { web, api: web } };
  const reversed: ModelText = { services: { api: web, web } };

  const findings = lintProject(contextOf(model));

  assert.deepEqual(
    findings.map(({ rule, path }) => [rule, path[1]]),
    [
      ["host-namespace", "api"],
      ["host-namespace", "web"],
      ["privileged-container", "api"],
      ["privileged-container", "web"],
    ],
  );
  assert.deepEqual(lintProject(contextOf(reversed)), findings);
});

test("a service that no profile turns on is worth a note", () => {
  const service = { image: "web", ports, environment: { URL: "http://localhost:3000" } };
  const context = contextOf({ services: { off: service, on: service } }, { active: ["on"] });

  const findings = lintProject(context).filter(({ rule }) => rule === "hard-coded-host-port");

  assert.deepEqual(
    findings.map(({ path, level }) => [path[1], level]),
    [
      ["off", "note"],
      ["on", "warning"],
    ],
  );
});

test("masks secrets, but neither keys nor addresses that look like one", () => {
  const context = contextOf({
    services: {
      web: { image: "web", ports, environment: { PASSWORD: "http://localhost:3000" }, logging: { driver: "hunter2" } },
    },
  });
  const redact = createRedact(["password", "localhost", "3000", "test", "hunter2"]);

  const findings = lintProject({ ...context, reading: { ...context.reading, redact } });

  assert.deepEqual(
    findings.map(({ item, detail, statement, hint }) => [item ?? detail, statement, hint]),
    [
      [
        "PASSWORD",
        "a variable names localhost:3000, which no copy publishes: it is the same for every copy, and none of them answers there",
        "use web.login.test:3000 (inside containers web:3000) for localhost:3000",
      ],
      [undefined, "its log goes to where the driver *** sends it, the same place for every copy", null],
      ["web.login.test:3000 for :3000", "ports are not published on this machine, names lead to them", null],
    ],
  );
});

test("an element of a list is a value, and masked like one", () => {
  const context = contextOf({
    services: {
      web: { image: "web", devices: ["/dev/hunter2:/dev/x"] },
      hunter2: { image: "db", extra_hosts: ["web:1.2.3.4"] },
    },
  });
  const redact = createRedact(["hunter2", "web"]);

  const findings = lintProject({ ...context, reading: { ...context.reading, redact } });

  assert.deepEqual(
    findings.map(({ statement, hint }) => [statement, hint]),
    [
      ["device /dev/*** is kept: it is the machine's, and the same for every copy", null],
      [
        "extra_hosts gives *** an address that is the same in every copy, so inside it the name does not lead to service *** of the copy",
        "remove *** from extra_hosts if the copy's own service is meant",
      ],
    ],
  );
});
