import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeChanges, findChanges } from "../../../src/controller/verify-isolation/find-changes.ts";
import type { ContainerSetup } from "../../../src/model/container-setup.ts";
import { makeMember, makeSetup, makeSubject } from "./make-subject.ts";

const web = makeMember("web", "blue_default", "10.224.0.10");
const other = makeMember("db", "blue_default", "10.224.0.11");
const exited = makeMember("web", "blue_default", "10.224.0.10", { state: "exited", endpoints: [] });
const never = makeSetup("web", { state: "created", startedAt: null });
const later = "2026-11-20T10:00:07.5Z";

describe("findChanges", () => {
  const cases: readonly (readonly [string, ContainerSetup | null, ContainerSetup | null, string | null])[] = [
    ["that is as it was", web, web, null],
    ["that was paused and answers on", web, { ...web, state: "paused" }, null],
    ["that was started again", web, { ...web, startedAt: later }, "started-again"],
    ["that was made anew", web, { ...web, id: "id-new" }, "started-again"],
    ["that ended", web, exited, "ended"],
    ["that was removed", web, null, "ended"],
    ["that is being started again and again", web, { ...exited, state: "restarting" }, "ended"],
    ["that came up", exited, { ...web, startedAt: later }, "came-up"],
    ["that is new", null, web, "came-up"],
    ["that ran for a moment", exited, { ...exited, startedAt: later }, "started-again"],
    ["that had ended and was removed", exited, null, null],
    ["that was made and not started", null, never, null],
    ["with another address", web, makeMember("web", "blue_default", "10.224.0.12"), "moved"],
    ["on another network too", web, { ...web, endpoints: [...web.endpoints, ...endpointsOn("n2")] }, "moved"],
    [
      "whose networks come in another order",
      { ...web, endpoints: [...web.endpoints, ...endpointsOn("n2")] },
      { ...web, endpoints: [...endpointsOn("n2"), ...web.endpoints] },
      null,
    ],
    ["of the machine's own network", host(), { ...host(), startedAt: later }, null],
    ["of another one's network", guest(), { ...guest(), startedAt: later }, "started-again"],
  ];
  for (const [what, before, after, kind] of cases) {
    test(`a container ${what}: ${kind ?? "no change"}`, () => {
      const subject = makeSubject("blue", [other, ...listOf(before)]);

      const changes = findChanges(subject, [...listOf(after), other]);

      assert.deepEqual(changes, kind === null ? [] : [{ environment: "shop/blue", container: "web", kind }]);
    });
  }
});

describe("describeChanges", () => {
  test("says in one finding what containers of one environment did, and what to do", () => {
    const change = { environment: "shop/blue", kind: "started-again" } as const;

    const findings = describeChanges(
      [
        { ...change, container: "db" },
        { ...change, container: "web" },
        { environment: "shop/green", container: "api", kind: "ended" },
      ],
      ["shop/blue", "shop/green"],
    );

    assert.deepEqual(
      findings.map(({ status, message }) => [status, message]),
      [
        [
          "unproven",
          "containers db, web of shop/blue started again while the environments were probed: that nothing arrived proves nothing",
        ],
        [
          "unproven",
          "container api of shop/green ended while the environments were probed: that nothing arrived proves nothing",
        ],
      ],
    );
    assert.match(findings[0]?.hint ?? "", /^run "cilo verify shop\/blue shop\/green" again/);
  });
});

function endpointsOn(network: string): ContainerSetup["endpoints"] {
  return [{ network, networkId: network, addresses: ["10.9.0.2"] }];
}

function host(): ContainerSetup {
  return makeSetup("web", { networkMode: "host", endpoints: [{ network: "host", networkId: "host", addresses: [] }] });
}

function guest(): ContainerSetup {
  return makeSetup("web", { networkMode: "container:id-db" });
}

function listOf(container: ContainerSetup | null): ContainerSetup[] {
  return container === null ? [] : [container];
}
