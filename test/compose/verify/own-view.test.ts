import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOwnView } from "../../../src/compose/verify/own-view.ts";
import { readingOf } from "../model-builder.ts";

const services = {
  web: { image: "web", depends_on: { api: { condition: "service_started", required: false } } },
  api: { image: "api", profiles: ["full"] },
  worker: { image: "worker", network_mode: "container:shop-db" },
  db: { image: "db", profiles: ["full", "data"] },
};

/** Whether a second reading is needed where `web` and `worker` are on and the override made `changed` of the services. */
function isNeeded(changed: Record<string, object>, view = { everyProfile: true, flags: [] as string[] }): boolean {
  const reading = readingOf({ services }, { active: ["web", "worker"] });
  const { base: merged } = readingOf({ services: { ...services, ...changed } });
  return needsOwnView(merged, { ...reading, view });
}

describe("the merged project is read a second time", () => {
  const cases: { what: string; changed: Record<string, object>; isRead: boolean }[] = [
    { what: "not where nothing changed", changed: {}, isRead: false },
    { what: "not where an image changed", changed: { web: { ...services.web, image: "other" } }, isRead: false },
    {
      what: "not where the same profiles come in another order",
      changed: { db: { ...services.db, profiles: ["data", "full"] } },
      isRead: false,
    },
    {
      what: "where a service has other profiles",
      changed: { api: { image: "api", profiles: ["rest"] } },
      isRead: true,
    },
    { what: "where a service has lost its profiles", changed: { api: { image: "api" } }, isRead: true },
    { what: "where there is one service more", changed: { extra: { image: "extra" } }, isRead: true },
    {
      what: "where a service joins one that is off",
      changed: { worker: { image: "worker", network_mode: "service:db" } },
      isRead: true,
    },
    {
      what: "where a service joins the process namespace of one that is off",
      changed: { web: { ...services.web, pid: "service:db" } },
      isRead: true,
    },
    {
      what: "where a service takes the volumes of one that is off",
      changed: { web: { ...services.web, volumes_from: ["db:ro"] } },
      isRead: true,
    },
    {
      what: "not where it takes those of a container that is none of the project's",
      changed: { web: { ...services.web, volumes_from: ["container:db:ro"] } },
      isRead: false,
    },
    {
      what: "where a service is linked to one that is off",
      changed: { web: { ...services.web, links: ["db:database"] } },
      isRead: true,
    },
    {
      what: "not where a service joins one that is on",
      changed: { worker: { image: "worker", network_mode: "service:web" } },
      isRead: false,
    },
    {
      what: "not where something changes that is off itself",
      changed: { api: { ...services.api, depends_on: ["db"] } },
      isRead: false,
    },
  ];
  for (const { what, changed, isRead } of cases) {
    test(what, () => {
      assert.equal(isNeeded(changed), isRead);
    });
  }

  test("where the first reading left out Compose's own checks", () => {
    assert.equal(isNeeded({}, { everyProfile: true, flags: ["--no-consistency"] }), true);
  });

  test("not where the first one was of the profiles in use", () => {
    assert.equal(isNeeded({}, { everyProfile: false, flags: [] }), false);
  });

  test("not where every service is on", () => {
    const reading = readingOf({ services });

    assert.equal(
      needsOwnView(reading.base, { ...reading, view: { everyProfile: true, flags: ["--no-consistency"] } }),
      false,
    );
  });
});
