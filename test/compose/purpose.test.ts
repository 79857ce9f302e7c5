import assert from "node:assert/strict";
import { test } from "node:test";
import { purposesOf } from "../../src/compose/purpose.ts";
import { readingOf } from "./model-builder.ts";

const healthcheck = { test: ["CMD", "true"] };

const cases: { behaviour: string; service: object; others?: Record<string, object>; purpose: string | undefined }[] = [
  { behaviour: "a service that says nothing may be either", service: {}, purpose: undefined },
  { behaviour: "one with a health check is a server", service: { healthcheck }, purpose: "server" },
  {
    behaviour: "one whose health check is taken away may be either",
    service: { healthcheck: { ...healthcheck, disable: true } },
    purpose: undefined,
  },
  {
    behaviour: "one whose health check is NONE may be either",
    service: { healthcheck: { test: ["NONE"] } },
    purpose: undefined,
  },
  { behaviour: "one that is always started again is a server", service: { restart: "always" }, purpose: "server" },
  {
    behaviour: "one started again unless stopped is a server",
    service: { restart: "unless-stopped" },
    purpose: "server",
  },
  {
    behaviour: "one started again after a failure may be either",
    service: { restart: "on-failure:3" },
    purpose: undefined,
  },
  { behaviour: "one never started again may be either", service: { restart: "no" }, purpose: undefined },
  {
    behaviour: "the restart policy of deploy counts, and wins",
    service: { restart: "always", deploy: { restart_policy: { condition: "on-failure" } } },
    purpose: undefined,
  },
  {
    behaviour: "deploy's word for always is any",
    service: { deploy: { restart_policy: { condition: "any" } } },
    purpose: "server",
  },
  {
    behaviour: "one that another waits for to be healthy is a server, as its image brings the health check",
    service: {},
    others: { web: { image: "w", depends_on: { it: { condition: "service_healthy" } } } },
    purpose: "server",
  },
  {
    behaviour: "one that another waits for to start may be either",
    service: {},
    others: { web: { image: "w", depends_on: { it: { condition: "service_started" } } } },
    purpose: undefined,
  },
  {
    behaviour: "one that another waits for to complete is a job, whatever else it says",
    service: { restart: "unless-stopped", healthcheck },
    others: {
      web: { image: "w", depends_on: { it: { condition: "service_healthy" } } },
      late: { image: "l", depends_on: { it: { condition: "service_completed_successfully", required: false } } },
    },
    purpose: "job",
  },
  {
    behaviour: "a dependency in the short form says nothing",
    service: {},
    others: { web: { image: "w", depends_on: ["it"] } },
    purpose: undefined,
  },
];

for (const { behaviour, service, others = {}, purpose } of cases) {
  test(behaviour, () => {
    const { base } = readingOf({ services: { it: { image: "it", ...service }, ...others } });

    assert.equal(purposesOf(base).get("it"), purpose);
  });
}
