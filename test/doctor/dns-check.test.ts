import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LogRecord } from "../../src/control/log-records.ts";
import { dnsCheck } from "../../src/doctor/dns-check.ts";
import type { LookUp } from "../../src/doctor/look-up-names.ts";
import type { ContainerFacts } from "../../src/model/engine.ts";
import { labelsOfContainer } from "../../src/model/labels.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { makeDaemon, makeSurvey, noObjects, type SurveyChanges, toLines } from "./survey.ts";

const blue = makeEnvironment({ services: { web: makeService() } });
const state = makeState([blue]);
const labels = {
  ...labelsOfContainer(state.installation, blue, "web"),
  "com.docker.compose.project": blue.composeProject,
  "com.docker.compose.config-hash": "hash",
};
const addresses = { "cilo-shop-blue_default": "10.224.0.12" };
const container = { name: "cilo-shop-blue-web-1", labels, addresses, state: "running", health: "none" } as unknown;

/** A resolver that sends what is looked up to our server, or none of it, and the names it was asked for. */
function createResolver({ asksUs }: { asksUs: boolean }) {
  const asked: string[] = [];
  const queue: LogRecord[] = [];
  let wake = () => {};
  const changes: SurveyChanges = {
    state: async () => state,
    daemon: async () => makeDaemon(),
    objects: async () => ({ ...noObjects, containers: [container as ContainerFacts] }),
    patienceMs: 2_000,
    machine: {
      mechanism: async () => ({ mechanism: "unknown", reason: "nobody can", warnings: [] }),
      async lookUp(names) {
        asked.push(...names);
        if (asksUs) queue.push(...names.map((name) => ({ type: "query", name: name.toUpperCase() }) as LogRecord));
        wake();
        const known: LookUp = { addresses: ["10.224.0.12"] };
        return new Map(names.map((name) => [name, asksUs && name === "web.blue.test" ? known : { addresses: [] }]));
      },
    },
    context: {
      control: {
        async follow(_: unknown, signal: AbortSignal) {
          return (async function* () {
            const ended = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
            while (!signal.aborted) {
              yield* queue.splice(0);
              await Promise.race([ended, new Promise<void>((resolve) => (wake = resolve))]);
            }
          })();
        },
      } as never,
    },
  };
  return { asked, changes };
}

describe("the check of names as the system sees them", () => {
  test("sees that a name which nobody can remember arrives, and that one of an environment has its address", async () => {
    const { asked, changes } = createResolver({ asksUs: true });

    const lines = toLines(await dnsCheck.run(makeSurvey(changes)));

    assert.equal(lines[0], "ok: this machine's programs find names below .test");
    assert.match(lines[1] ?? "", /^info: a browser that has names looked up over HTTPS/);
    assert.match(asked[0] ?? "", /^doctor-[0-9a-f]{8}\.test$/);
    assert.deepEqual(asked.slice(1), ["web.blue.test"]);
  });

  test("does not speak of browsers where they are told to leave names to the system", async () => {
    const { changes } = createResolver({ asksUs: true });
    const settings = async () => ({ dns: { firefoxCanary: true }, network: {}, trash: {} });

    const lines = toLines(await dnsCheck.run(makeSurvey({ ...changes, settings })));

    assert.deepEqual(lines, ["ok: this machine's programs find names below .test"]);
  });

  test("says that a resolver asks somebody else", async () => {
    const { changes } = createResolver({ asksUs: false });

    const lines = toLines(await dnsCheck.run(makeSurvey({ ...changes, patienceMs: 0 })));

    assert.deepEqual(lines, [
      "warning: this machine's programs do not find names below .test: its resolver does not ask cilo -> cilo dns setup",
    ]);
  });

  test("asks for the server's own name where no environment runs", async () => {
    const { asked, changes } = createResolver({ asksUs: false });

    await dnsCheck.run(makeSurvey({ ...changes, patienceMs: 0, objects: async () => noObjects }));

    assert.deepEqual(asked.slice(1), ["ns.test"]);
  });

  test("needs a DNS server", async () => {
    assert.deepEqual(toLines(await dnsCheck.run(makeSurvey())), ["info: not checked, as no DNS server runs"]);
  });
});
