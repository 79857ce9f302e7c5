import assert from "node:assert/strict";
import { test } from "node:test";
import { findLogDrivers } from "../../../src/compose/lint/log-drivers.ts";
import { contextOf } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const fluentd = { image: "fluentd", ports: [{ target: 24224, published: "24224", protocol: "tcp" }] };

const cases: { logging: object | null; places: string[]; hint?: string }[] = [
  { logging: null, places: [] },
  { logging: { driver: "json-file", options: { "max-size": "10m" } }, places: [] },
  { logging: { options: { "max-size": "10m" } }, places: [] },
  {
    logging: { driver: "fluentd" },
    places: ["warning shared services.web.logging.driver"],
    hint: "set fluentd-address to fluentd.login.test:24224, or leave logging out in a copy",
  },
  {
    logging: { driver: "fluentd", options: { tag: "x", "fluentd-address": "tcp://127.0.0.1:24224" } },
    places: ["warning shared services.web.logging.options.fluentd-address"],
  },
  {
    logging: { driver: "fluentd", options: { "fluentd-address": "logs.example.org:24224" } },
    places: ["note shared services.web.logging.options.fluentd-address"],
  },
  {
    logging: { driver: "syslog", options: { "syslog-address": "udp://localhost:514" } },
    places: ["note shared services.web.logging.options.syslog-address"],
  },
  { logging: { driver: "awslogs" }, places: ["note shared services.web.logging.driver"] },
];

for (const { logging, places, hint } of cases) {
  test(`logging ${JSON.stringify(logging)} ${places.length === 0 ? "stays on the machine" : "is told"}`, () => {
    const findings = findLogDrivers(contextOf({ services: { fluentd, web: { image: "web", logging } } }));

    assert.deepEqual(placesOf(findings), places);
    if (hint !== undefined) assert.equal(findings[0]?.hint, hint);
  });
}
