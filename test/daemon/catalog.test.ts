import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PublishRequest } from "../../src/control/messages.ts";
import { type Catalog, createCatalog } from "../../src/daemon/catalog.ts";
import { toNameKey } from "../../src/dns/wire/name.ts";
import { recordTypes } from "../../src/dns/wire/protocol-numbers.ts";
import { findName, type Zone } from "../../src/dns/zone.ts";
import type { Environment } from "../../src/model/environment.ts";
import { toNetworkName } from "../../src/model/names.ts";
import { toPublished } from "../../src/model/published.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { resolve, runningWeb } from "./containers.ts";

const blue = withAddress("10.224.0.10");
const green = makeEnvironment({
  name: "green",
  subnet: "10.224.1.0/24",
  services: { web: makeService({ addresses: ["10.224.1.10"] }) },
});

function withAddress(address: string): Environment {
  return makeEnvironment({ services: { web: makeService({ addresses: [address] }) } });
}

function publication(environment: Environment, revision: number): PublishRequest {
  const { status, composeProject } = environment;
  return { type: "publish", revision, status, composeProject, environment: toPublished(environment) };
}

/** A catalog that read this state and saw nothing run. */
function catalogOf(environments: readonly Environment[], revision = 5): Catalog {
  const catalog = createCatalog(1);
  catalog.replaceState(makeState(environments, { revision }), catalog.moment());
  catalog.observeAll([], catalog.moment());
  return catalog;
}

describe("the catalog", () => {
  test("serves the addresses state remembers of what is up, until the engine is asked", () => {
    const catalog = createCatalog(1);
    catalog.replaceState(makeState([blue]), catalog.moment());
    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");

    catalog.observeAll([], catalog.moment());

    assert.equal(resolve(catalog, "web.blue.test"), null);
  });

  test("remembers nothing of what was stopped", () => {
    const catalog = createCatalog(1);

    catalog.replaceState(makeState([{ ...blue, status: "stopped" }]), catalog.moment());

    assert.equal(resolve(catalog, "web.blue.test"), null);
  });

  test("follows what the engine shows", () => {
    const catalog = catalogOf([blue]);
    catalog.observeAll([runningWeb(blue, "10.224.0.10")], catalog.moment());

    catalog.observe(blue.id, [runningWeb(blue, "10.224.0.99")], catalog.moment());

    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.99");
  });

  test("answers with the address in a network that is kept where a container is on no other", () => {
    const keeping = { ...blue, keptNetworks: { back: "10.225.0.0/24" } };
    const catalog = catalogOf([keeping]);
    const web = runningWeb(keeping, "10.224.0.10");
    const back = { [toNetworkName(keeping.composeProject, "back")]: "10.225.0.10" };

    catalog.observeAll([{ ...web, addresses: { ...back, ...web.addresses } }], catalog.moment());
    const onBoth = resolve(catalog, "web.blue.test");
    catalog.observe(keeping.id, [{ ...web, addresses: back }], catalog.moment());

    assert.deepEqual([onBoth, resolve(catalog, "web.blue.test")], ["10.224.0.10", "10.225.0.10"]);
  });

  test("takes the subnet of kept networks for its own while an environment keeps one, from state or by a command's word", () => {
    const keeping = { ...blue, keptNetworks: { back: "10.225.0.0/24" } };
    const catalog = createCatalog(1);
    const unread = catalog.subnets();
    catalog.replaceState(makeState([blue], { revision: 5 }), catalog.moment());
    const without = catalog.subnets();

    catalog.publish(publication(keeping, 6));
    const told = catalog.subnets();
    catalog.withdraw(keeping.id, 7);

    const own = ["10.224.0.0/16"];
    assert.deepEqual([unread, without, told, catalog.subnets()], [own, own, [...own, "10.225.0.0/16"], own]);
    assert.deepEqual(catalogOf([keeping]).subnets(), [...own, "10.225.0.0/16"]);
  });

  test("takes a command's word at once, and lets go of what is destroyed", () => {
    const catalog = catalogOf([]);

    catalog.publish(publication(blue, 7));
    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");
    assert.equal(catalog.revision(), 7);
    catalog.withdraw(blue.id, 8);

    assert.equal(resolve(catalog, "web.blue.test"), null);
    assert.equal(catalog.revision(), 8);
  });

  test("does not let a look that began before a command spoke undo its word", () => {
    const catalog = catalogOf([blue]);
    const began = catalog.moment();
    catalog.publish(publication(blue, 7));

    catalog.observe(blue.id, [], began);
    catalog.observeAll([], began);

    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");
  });

  test("says which of the zone's warnings concern an environment", () => {
    const first = makeEnvironment({ services: { web: makeService({ hostnames: ["shop.test"] }) } });
    const second = { ...first, id: "2", name: "green", createdAt: "2026-11-21T12:00:00.000Z" };

    const red = { ...green, name: "red", id: "3" };

    const catalog = catalogOf([first, second, red]);

    assert.equal(catalog.warningsOf(second).length, 1);
    assert.match(catalog.warningsOf(second)[0] ?? "", /shop\.test/);
    assert.deepEqual(catalog.warningsOf(red), []);
  });
});

describe("a state that was read", () => {
  test("is dropped when it is older than what a command told while it was read", () => {
    const catalog = catalogOf([]);
    const began = catalog.moment();
    catalog.publish(publication(blue, 7));

    const outcome = catalog.replaceState(makeState([], { revision: 6 }), began);

    assert.equal(outcome, "outdated");
    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");
  });

  test("is taken when it holds what a command told while it was read, and what others wrote before", () => {
    const catalog = catalogOf([]);
    const began = catalog.moment();
    catalog.publish(publication(blue, 7));

    const outcome = catalog.replaceState(makeState([blue, green], { revision: 7 }), began);

    assert.equal(outcome, "other-environments");
    assert.equal(catalog.environmentCount(), 2);
    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");
  });

  test("is taken although its revision is lower when it was read after everything told: an older file was put back", () => {
    const catalog = catalogOf([blue, green], 100);
    catalog.publish(publication(blue, 101));

    const outcome = catalog.replaceState(makeState([green], { revision: 50 }), catalog.moment());

    assert.equal(outcome, "other-environments");
    assert.equal(catalog.revision(), 50);
    assert.equal(resolve(catalog, "web.blue.test"), null);
    catalog.publish(publication(withAddress("10.224.0.77"), 51));
    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.77");
  });

  test("is always taken when it is of another installation, whose containers are others", () => {
    const catalog = catalogOf([blue], 100);
    const began = catalog.moment();
    catalog.publish(publication(blue, 101));
    const installation = "22222222-2222-4222-8222-222222222222";

    const outcome = catalog.replaceState(makeState([blue], { revision: 1, installation }), began);

    assert.equal(outcome, "other-environments");
    assert.equal(catalog.installation(), installation);
    assert.equal(resolve(catalog, "web.blue.test"), null);
  });

  test("tells what is to be looked at again because of it", () => {
    const catalog = catalogOf([blue]);
    const next = makeState([{ ...blue, status: "degraded" }], { revision: 6 });
    const moved = structuredClone(next);
    moved.hosts.local.engine = { endpoint: "unix:///other.sock", id: "other" };

    assert.equal(catalog.replaceState(next, catalog.moment()), "same-environments");
    assert.equal(catalog.replaceState(moved, catalog.moment()), "other-engine");
    assert.equal(catalog.replaceState(structuredClone(moved), catalog.moment()), "same-environments");
  });
});

describe("a command's late word", () => {
  const newer = withAddress("10.224.0.20");

  test("does not bring back what was withdrawn after it", () => {
    const catalog = catalogOf([blue]);
    catalog.withdraw(blue.id, 8);

    catalog.publish(publication(blue, 7));

    assert.equal(resolve(catalog, "web.blue.test"), null);
    assert.equal(catalog.environmentCount(), 0);
    assert.equal(catalog.revisionOf(blue.id), 8);
  });

  test("does not bring back what a state read meanwhile does not hold any more", () => {
    const catalog = catalogOf([], 9);

    catalog.publish(publication(blue, 7));

    assert.equal(catalog.environmentCount(), 0);
    assert.equal(catalog.revisionOf(blue.id), 9);
  });

  test("does not replace a later word, nor what a later state holds", () => {
    const told = catalogOf([]);
    told.publish(publication(newer, 8));
    const read = catalogOf([newer], 8);
    read.observeAll([runningWeb(newer, "10.224.0.20")], read.moment());

    for (const catalog of [told, read]) {
      catalog.publish(publication(blue, 7));

      assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.20");
      assert.equal(catalog.revisionOf(blue.id), 8);
    }
  });

  test("counts when state was read at a later revision that another environment brought", () => {
    const catalog = catalogOf([blue, green], 8);
    assert.equal(resolve(catalog, "web.blue.test"), null);

    catalog.publish(publication(blue, 7));

    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");
    assert.equal(catalog.revisionOf(blue.id), 8);
  });

  test("of an end does not end what is known to be there since", () => {
    const catalog = catalogOf([blue], 9);

    catalog.withdraw(blue.id, 8);

    assert.equal(catalog.environmentCount(), 1);
  });
});

describe("another base subnet", () => {
  const red = makeEnvironment({
    name: "red",
    subnet: "10.240.0.0/24",
    services: { web: makeService({ addresses: ["10.240.0.10"] }) },
  });

  test("has its reverse names, and an environment that stayed outside keeps its own", () => {
    const catalog = catalogOf([blue]);

    catalog.replaceState(makeState([blue, red], { baseSubnet: "10.240.0.0/16", revision: 9 }), catalog.moment());
    catalog.observeAll([runningWeb(blue, "10.224.0.10"), runningWeb(red, "10.240.0.10")], catalog.moment());

    const kindOf = (name: string) => {
      const key = toNameKey(`${name}.in-addr.arpa`);
      assert.ok(key !== null);
      return findName(catalog.zone(), key).kind;
    };
    assert.deepEqual(["10.0.224.10", "11.0.224.10", "9.9.224.10", "10.0.240.10", "9.9.240.10"].map(kindOf), [
      "found",
      "absent",
      "foreign",
      "found",
      "absent",
    ]);
    assert.deepEqual(catalog.subnets(), ["10.240.0.0/16", "10.224.0.0/24"]);
  });
});

describe("the zone's serial", () => {
  test("grows with every change of what the zone is made of", () => {
    const catalog = catalogOf([blue]);
    const changes: [string, () => void][] = [
      ["a look", () => catalog.observe(blue.id, [runningWeb(blue, "10.224.0.30")], catalog.moment())],
      ["a word", () => catalog.publish(publication(withAddress("10.224.0.40"), 9))],
      ["another base subnet", () => catalog.replaceState(makeState([blue], { baseSubnet: "10.9.0.0/16" }), 99)],
      ["the loss of the engine", () => catalog.loseEngine("gone")],
    ];

    for (const [what, change] of changes) {
      const before = catalog.serial();
      change();
      assert.ok(catalog.serial() > before, what);
    }
  });

  test("and the zone stay when nothing of that changed, however often state is written", () => {
    const catalog = catalogOf([blue]);
    catalog.observeAll([runningWeb(blue, "10.224.0.10")], catalog.moment());
    const zone = catalog.zone();
    const journaled = { ...blue, lastError: "x", source: "/elsewhere" };

    catalog.replaceState(makeState([journaled], { revision: 6 }), catalog.moment());
    catalog.observe(blue.id, [runningWeb(blue, "10.224.0.10")], catalog.moment());
    catalog.observeAll([runningWeb(blue, "10.224.0.10")], catalog.moment());
    catalog.publish(publication(blue, 7));

    assert.equal(catalog.zone(), zone);
    assert.equal(catalog.revision(), 7);
  });

  test("wraps at 32 bits (RFC 1982)", () => {
    const catalog = createCatalog(0xffff_ffff);

    catalog.replaceState(makeState([blue]), catalog.moment());

    assert.equal(catalog.serial(), 0);
  });
});

/** What the zone says of an environment at its own domain. */
function descriptionOf(catalog: Catalog, name: string): string {
  const finding = findName(catalog.zone(), toNameKey(name) ?? "");
  const rrset = finding.kind === "found" ? finding.rrsets.find(({ type }) => type === recordTypes.TXT) : undefined;
  return rrset?.bytes.toString("latin1") ?? "";
}

test("an environment is described as the engine shows it, and as state has it while the engine is away", () => {
  const services = {
    web: makeService({ addresses: ["10.224.0.10"] }),
    db: makeService({ addresses: ["10.224.0.11"] }),
  };
  const environment = makeEnvironment({ services });
  const running = runningWeb(environment, "10.224.0.10");
  const db = { ...running, id: "db", name: "db", labels: { ...running.labels, "cilo.service": "db" } };
  const catalog = catalogOf([environment]);
  const states = [descriptionOf(catalog, "blue.test")];

  for (const containers of [[running, db], [running, { ...db, state: "exited" as const, exitCode: 1 }], [running]]) {
    catalog.observe(environment.id, containers, catalog.moment());
    states.push(descriptionOf(catalog, "blue.test"));
  }
  catalog.loseEngine("gone");
  states.push(descriptionOf(catalog, "blue.test"));

  assert.deepEqual(
    states.map((text) => /state=([a-z]+)/.exec(text)?.[1]),
    ["stopped", "running", "degraded", "degraded", "running"],
  );
});

describe("the revision an environment is served with", () => {
  test("is the one that brought what is answered of it, and stays while nothing of that changes", () => {
    const catalog = catalogOf([blue, green], 5);
    assert.match(descriptionOf(catalog, "blue.test"), /revision=5/);

    catalog.publish(publication(withAddress("10.224.0.40"), 7));
    assert.match(descriptionOf(catalog, "blue.test"), /revision=7/);
    assert.match(descriptionOf(catalog, "green.test"), /revision=5/);
    catalog.publish(publication(withAddress("10.224.0.40"), 8));
    catalog.replaceState(makeState([withAddress("10.224.0.40"), green], { revision: 9 }), catalog.moment());

    assert.match(descriptionOf(catalog, "blue.test"), /revision=7/);
    assert.equal(catalog.revision(), 9);
  });

  test("is the newest when the engine shows something else, or the status is another", () => {
    const catalog = catalogOf([blue, green], 5);
    catalog.publish(publication(green, 8));

    catalog.observe(blue.id, [runningWeb(blue, "10.224.0.99")], catalog.moment());
    assert.match(descriptionOf(catalog, "blue.test"), /revision=8/);
    const failed = { ...blue, status: "failed" as const };
    catalog.replaceState(makeState([failed, green], { revision: 9 }), catalog.moment());

    assert.match(descriptionOf(catalog, "blue.test"), /state=failed.*revision=9/s);
    assert.match(descriptionOf(catalog, "green.test"), /revision=8/);
  });

  test("is never above that of the state: an older file was put back", () => {
    const catalog = catalogOf([blue], 100);

    catalog.replaceState(makeState([blue], { revision: 50 }), catalog.moment());

    assert.match(descriptionOf(catalog, "blue.test"), /revision=50/);
  });
});

describe("a whole look", () => {
  test("makes one zone, in which only the environments that are others now were made anew", () => {
    const catalog = catalogOf([blue, green]);
    catalog.observeAll([runningWeb(blue, "10.224.0.10"), runningWeb(green, "10.224.1.10")], catalog.moment());
    const before = catalog.zone();

    catalog.observeAll([runningWeb(blue, "10.224.0.11"), runningWeb(green, "10.224.1.10")], catalog.moment());

    const after = catalog.zone();
    const node = (zone: Zone, name: string) => zone.names.get(toNameKey(name) ?? "");
    assert.equal(after.serial, before.serial + 1);
    assert.equal(node(after, "web.green.test"), node(before, "web.green.test"));
    assert.notEqual(node(after, "web.blue.test"), node(before, "web.blue.test"));
  });

  test("leads to the zone that a daemon has that knew nothing before", () => {
    const all = [blue, green];
    const containers = [runningWeb(blue, "10.224.0.10")];
    const used = catalogOf([{ ...green, id: "other", name: "red" }], 4);
    used.publish(publication(withAddress("10.224.0.77"), 6));
    used.loseEngine("gone");

    const fresh = createCatalog(1);
    for (const catalog of [used, fresh]) {
      catalog.replaceState(makeState(all, { revision: 9, suffix: "lan" }), catalog.moment());
      catalog.observeAll(containers, catalog.moment());
    }

    const names = (catalog: Catalog) => [...catalog.zone().names.keys()].sort();
    assert.deepEqual(names(used), names(fresh));
    assert.equal(resolve(used, "web.blue.test"), resolve(fresh, "web.blue.test"));
  });
});
