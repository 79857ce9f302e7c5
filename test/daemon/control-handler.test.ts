import assert from "node:assert/strict";
import { test } from "node:test";
import { createCatalog } from "../../src/daemon/catalog.ts";
import { createControlHandler } from "../../src/daemon/control-handler.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { runningWeb } from "./containers.ts";

function notExpected(): never {
  throw new Error("was not expected to be called");
}

function handlerOf(catalog: ReturnType<typeof createCatalog>) {
  const engine = { refresh: notExpected };
  return createControlHandler({ catalog, engine, describe: notExpected, trace: notExpected, stop: notExpected });
}

test("tells what is answered of every environment, and what it is known from", async () => {
  const services = Object.fromEntries([
    ["web", makeService({ addresses: ["10.224.0.10"] })],
    ["__proto__", makeService()],
  ]);
  const blue = makeEnvironment({ services });
  const green = makeEnvironment({ name: "green", services: { web: makeService({ addresses: ["10.224.1.10"] }) } });
  const state = makeState([blue, green], { revision: 5 });
  const catalog = createCatalog(1);
  const handle = handlerOf(catalog);
  const told = { pid: process.pid, installation: state.installation, revision: 5 };

  const before = await handle({ type: "environments" });
  catalog.replaceState(state, catalog.moment());
  const remembered = await handle({ type: "environments" });
  catalog.observeAll([runningWeb(blue, "10.224.0.99")], catalog.moment());
  const seen = await handle({ type: "environments" });

  const environments = (web: Record<"blue" | "green", string[]>) => [
    {
      id: blue.id,
      key: "shop/blue",
      services: Object.fromEntries([
        ["web", web.blue],
        ["__proto__", []],
      ]),
    },
    { id: green.id, key: "shop/green", services: { web: web.green } },
  ];
  assert.deepEqual(before, { pid: process.pid, installation: null, revision: 0, hasEngine: false, environments: [] });
  assert.deepEqual(remembered, {
    ...told,
    hasEngine: false,
    environments: environments({ blue: ["10.224.0.10"], green: ["10.224.1.10"] }),
  });
  assert.deepEqual(seen, {
    ...told,
    hasEngine: true,
    environments: environments({ blue: ["10.224.0.99"], green: [] }),
  });
});
