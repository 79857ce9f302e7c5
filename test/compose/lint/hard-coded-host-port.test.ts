import assert from "node:assert/strict";
import { test } from "node:test";
import { findHardCodedHostPorts } from "../../../src/compose/lint/hard-coded-host-port.ts";
import { contextOf } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const db = { image: "db", ports: [{ target: 5432, published: "15432", protocol: "tcp" }] };
const webPorts = [{ target: 3000, published: "3000", protocol: "tcp" }];

/** Fields of the service web, which publishes 3000 as 3000, beside db, which publishes 5432 as 15432. */
const cases: { name: string; web: object; places: string[]; hint?: string }[] = [
  {
    name: "a URL of the service's own published port is for clients on the machine",
    web: { environment: { APP_URL: "http://localhost:3000/x" } },
    places: ["warning shared services.web.environment#APP_URL"],
    hint: "use web.login.test:3000 (inside containers web:3000) for localhost:3000",
  },
  {
    name: "a published port of another service is reached by its name",
    web: { environment: ["DB=postgres://u:p@127.0.0.1:15432/x"] },
    places: ["warning shared services.web.environment#DB"],
    hint: "use db.login.test:5432 (inside containers db:5432) for 127.0.0.1:15432",
  },
  {
    name: "the machine's name inside a container is reached by the service's own name",
    web: { environment: { DB: "host.docker.internal:15432" } },
    places: ["warning shared services.web.environment#DB"],
    hint: "use db:5432 for host.docker.internal:15432",
  },
  {
    name: "a port of the machine beside the project is the same for every copy",
    web: { environment: { LLM: "http://host.docker.internal:11434" } },
    places: ["note shared services.web.environment#LLM"],
    hint: "make what listens there a service of the project if each copy needs its own",
  },
  {
    name: "an own port without a scheme may be the container itself",
    web: { environment: { LISTEN: "127.0.0.1:3000" } },
    places: ["note services.web.environment#LISTEN"],
    hint: "use web.login.test:3000 for 127.0.0.1:3000 if clients on this machine are meant",
  },
  { name: "a server listens on every address", web: { command: ["--listen", "0.0.0.0:3000"] }, places: [] },
  {
    name: "every address with the port of another service is no place to listen",
    web: { environment: { DB: "0.0.0.0:15432" } },
    places: ["warning shared services.web.environment#DB"],
  },
  {
    name: "a loopback port that nobody publishes is the container's own",
    web: { environment: { A: "localhost:5432" } },
    places: [],
  },
  {
    name: "a health check runs in the container",
    web: { healthcheck: { test: ["CMD", "curl", "http://localhost:3000", "http://127.0.0.1:15432"] } },
    places: [],
  },
  {
    name: "a health check that asks the machine is told",
    web: { healthcheck: { test: "curl http://host.docker.internal:15432" } },
    places: ["warning shared services.web.healthcheck#host.docker.internal:15432"],
  },
  {
    name: "arguments, labels and builds are looked at",
    web: {
      command: ["--url=http://localhost:3000"],
      entrypoint: ["run", "http://localhost:15432"],
      labels: { "home.href": "http://localhost:3000" },
      build: { context: "/copy", args: { API: "http://localhost:3000" } },
    },
    places: [
      "warning shared services.web.build.args#API",
      "warning shared services.web.labels#home.href",
      "warning shared services.web.entrypoint#localhost:15432",
      "warning shared services.web.command#localhost:3000",
    ],
  },
  {
    name: "several addresses of a value are one finding",
    web: { environment: { ORIGINS: "http://localhost:3000,http://localhost:15432,http://localhost:9" } },
    places: ["warning shared services.web.environment#ORIGINS"],
    hint: "use web.login.test:3000 (inside containers web:3000) for localhost:3000 and db.login.test:5432 (inside containers db:5432) for localhost:15432",
  },
  { name: "values without an address are passed over", web: { environment: { A: null, B: "", C: "x" } }, places: [] },
];

for (const { name, web, places, hint } of cases) {
  test(name, () => {
    const services = { db, web: { image: "web", ports: webPorts, ...web } };

    const findings = findHardCodedHostPorts(contextOf({ services }));

    assert.deepEqual(placesOf(findings), places);
    if (hint !== undefined) assert.equal(findings[0]?.hint, hint);
  });
}

test("the service itself goes before another that publishes the same port", () => {
  const services = {
    a: { image: "a", ports: webPorts },
    web: { image: "web", ports: webPorts, environment: { URL: "http://localhost:3000" } },
  };

  const [finding] = findHardCodedHostPorts(contextOf({ services }));

  assert.equal(finding?.hint, "use web.login.test:3000 (inside containers web:3000) for localhost:3000");
});

test("containers of one network namespace have one loopback address", () => {
  const services = {
    web: { image: "web", ports: webPorts },
    side: { image: "side", network_mode: "service:web", environment: { WEB: "localhost:3000" } },
  };

  const findings = findHardCodedHostPorts(contextOf({ services }));

  assert.deepEqual(placesOf(findings), ["note services.side.environment#WEB"]);
});

test("says the name and the port, and nothing else of the value", () => {
  const services = {
    web: { image: "web", ports: webPorts, environment: { APP_URL: "http://me:hunter2@localhost:3000/?key=hunter3" } },
  };

  const findings = findHardCodedHostPorts(contextOf({ services }));

  assert.deepEqual(findings, [
    {
      rule: "hard-coded-host-port",
      action: "kept",
      path: ["services", "web", "environment"],
      item: "APP_URL",
      detail: "APP_URL",
      shared: true,
      level: "warning",
      statement:
        "a variable names localhost:3000, which no copy publishes: it is the same for every copy, and none of them answers there",
      hint: "use web.login.test:3000 (inside containers web:3000) for localhost:3000",
    },
  ]);
});
