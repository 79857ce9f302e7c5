import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createCatalog } from "../../src/daemon/catalog.ts";
import { answer } from "../../src/dns/answer.ts";
import type { ContainerFacts } from "../../src/model/engine.ts";
import { toPublished } from "../../src/model/published.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";

const blue = makeEnvironment({ services: { web: makeService({ addresses: ["10.224.0.10"] }) } });

function running(address: string): ContainerFacts {
  return {
    id: "c1",
    name: "cilo-shop-blue-web-1",
    labels: { "cilo.id": blue.id, "cilo.service": "web" },
    state: "running",
    health: "none",
    exitCode: null,
    addresses: { "cilo-shop-blue_default": address },
    image: "x",
  };
}

/** The last four bytes of the answer to `name A`: its address, or null when there is none. */
function resolve(catalog: ReturnType<typeof createCatalog>, name: string): string | null {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  const query = Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
  const reply = answer(query, catalog.zone(), "udp");
  if (reply.kind !== "reply" || reply.packet.readUInt16BE(6) === 0) return null;
  return [...reply.packet.subarray(-4)].join(".");
}

describe("the catalog", () => {
  test("serves the addresses state remembers of what is up, until the engine is asked", () => {
    const catalog = createCatalog(1);
    catalog.replaceState(makeState([blue]));
    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");

    catalog.observeAll([]);

    assert.equal(resolve(catalog, "web.blue.test"), null);
  });

  test("remembers nothing of what was stopped", () => {
    const catalog = createCatalog(1);

    catalog.replaceState(makeState([{ ...blue, status: "stopped" }]));

    assert.equal(resolve(catalog, "web.blue.test"), null);
  });

  test("follows what the engine shows", () => {
    const catalog = createCatalog(1);
    catalog.replaceState(makeState([blue]));
    catalog.observeAll([running("10.224.0.10")]);

    catalog.observe(blue.id, [running("10.224.0.99")]);

    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.99");
  });

  test("takes a command's word at once, and lets go of what is destroyed", () => {
    const catalog = createCatalog(1);
    catalog.observeAll([]);
    const { status, composeProject } = blue;

    catalog.publish({ type: "publish", revision: 7, status, composeProject, environment: toPublished(blue) });
    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");
    assert.equal(catalog.revision(), 7);
    catalog.withdraw(blue.id, 8);

    assert.equal(resolve(catalog, "web.blue.test"), null);
    assert.equal(catalog.revision(), 8);
  });

  test("does not go back to a state that was read before a command published", () => {
    const catalog = createCatalog(1);
    catalog.observeAll([]);
    const { status, composeProject } = blue;
    catalog.publish({ type: "publish", revision: 7, status, composeProject, environment: toPublished(blue) });

    catalog.replaceState(makeState([], { revision: 6 }));

    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");
  });

  test("learns from a state of the published revision what other commands wrote before it", () => {
    const catalog = createCatalog(1);
    const green = makeEnvironment({ name: "green", services: { web: makeService({ addresses: ["10.224.1.10"] }) } });
    const { status, composeProject } = blue;
    catalog.publish({ type: "publish", revision: 7, status, composeProject, environment: toPublished(blue) });

    catalog.replaceState(makeState([blue, green], { revision: 7 }));

    assert.equal(resolve(catalog, "web.green.test"), "10.224.1.10");
  });

  test("gives every change a later serial", () => {
    const catalog = createCatalog(100);
    const before = catalog.serial();

    catalog.replaceState(makeState([blue]));

    assert.ok(catalog.serial() > before);
  });
});
