import assert from "node:assert/strict";
import { test } from "node:test";
import { renderCheck } from "../../../src/cli/render/check.ts";
import type { LocatedFinding } from "../../../src/controller/check-project.ts";

function finding(service: string, changes: Partial<LocatedFinding>): LocatedFinding {
  return {
    ...{ rule: "x", action: "kept", shared: false, level: "note", active: true, hint: null },
    ...{ path: ["services", service], statement: "is so", message: "", file: "compose.yml", line: 3, column: 1 },
    ...changes,
  };
}

function render(...findings: LocatedFinding[]): string {
  const project = {
    project: "shop",
    directory: "/shop",
    files: ["compose.yml"],
    profiles: [],
    services: ["web", "db"],
  };
  return renderCheck({ ...project, findings });
}

test("a project without findings is one line", () => {
  assert.equal(render(), "shop: 2 services, 0 rewritten, nothing stays shared\n");
});

test("each fate has its section, warnings come first, and what is said of several alike is counted once", () => {
  const ports = { rule: "ports", action: "rewritten", statement: "ports are not published" } as const;
  const output = render(
    finding("web", { shared: true, statement: "to know" }),
    finding("db", { shared: true, statement: "to mind", level: "warning", hint: "do so" }),
    finding("web", { ...ports, detail: "web.ENV.test:80" }),
    finding("db", { ...ports, detail: "db.ENV.test:5432", line: 9 }),
    finding("web", { statement: "is kept", file: null, line: null }),
  );

  assert.equal(
    output,
    `stays shared between copies:
  service db: to mind
    at compose.yml:3
    do so
  service web: to know
    at compose.yml:3

becomes each copy's own:
  services web ("web.ENV.test:80"), db ("db.ENV.test:5432"): ports are not published
    at compose.yml:3, compose.yml:9

stays as it is, to know:
  service web: is kept

shop: 2 services, 1 rewritten, 2 things stay shared
`,
  );
});

test("services that are off come last and are not counted, but what is refused is", () => {
  const output = render(
    finding("db", { active: false, shared: true, statement: "would be shared" }),
    finding("web", { active: false, action: "refused", statement: "cannot be" }),
  );

  assert.equal(
    output,
    `refused, so that nothing starts:
  service web: cannot be
    at compose.yml:3

of services that are off:
  service db: would be shared
    at compose.yml:3

shop: 2 services, 1 refused, 0 rewritten, nothing stays shared
`,
  );
});
