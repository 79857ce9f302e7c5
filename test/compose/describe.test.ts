import assert from "node:assert/strict";
import { test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { describeServices, type ServiceDescription } from "../../src/compose/describe.ts";
import { messageOf } from "../../src/model/finding.ts";
import { type ModelText, readingOf } from "./model-builder.ts";

const plain: ServiceDescription = {
  ports: [],
  hostnames: [],
  ingress: false,
  networks: ["default"],
  wantsAddress: true,
  namespaceOf: null,
  networkMode: "environment",
  replicas: 1,
  hasHealthcheck: false,
  purpose: null,
  active: true,
};

const cases: { behaviour: string; service: object; expected: Partial<ServiceDescription> }[] = [
  { behaviour: "a service with nothing but an image", service: {}, expected: {} },
  {
    behaviour: "TCP ports published or exposed, ascending, once each, UDP ones not",
    service: {
      ports: [
        { target: 8080, published: "80", protocol: "tcp" },
        { target: 53, protocol: "udp" },
        "127.0.0.1:9000-9001:3000-3001",
        443,
      ],
      expose: ["80", "90/udp", "8080", "82-83/tcp"],
    },
    expected: { ports: [80, 82, 83, 443, 3000, 3001, 8080], purpose: "server" },
  },
  {
    behaviour: "host names of the label, by commas and whitespace",
    service: { labels: { "cilo.hostnames": "Admin,  www.shop.example\n*.shop.example admin" } },
    expected: { hostnames: ["admin", "www.shop.example", "*.shop.example"], purpose: "server" },
  },
  { behaviour: "replicas by scale", service: { scale: 3 }, expected: { replicas: 3, wantsAddress: false } },
  {
    behaviour: "replicas by deploy",
    service: { deploy: { replicas: 0 } },
    expected: { replicas: 0, wantsAddress: false },
  },
  {
    behaviour: "replicas by deploy, whatever the mode",
    service: { deploy: { mode: "global", replicas: 4 } },
    expected: { replicas: 4, wantsAddress: false },
  },
  {
    behaviour: "no network",
    service: { network_mode: "none" },
    expected: { networks: [], networkMode: "none", wantsAddress: false },
  },
  {
    behaviour: "the host's network",
    service: { network_mode: "host" },
    expected: { networks: [], networkMode: "host", wantsAddress: false },
  },
  { behaviour: "the engine's bridge", service: { network_mode: "bridge" }, expected: {} },
  {
    behaviour: "another service's network",
    service: { network_mode: "service:other" },
    expected: { networks: [], networkMode: "service", namespaceOf: "other", wantsAddress: false },
  },
  {
    behaviour: "the network of a container of the project",
    service: { network_mode: "container:other-name" },
    expected: { networks: [], networkMode: "service", namespaceOf: "other", wantsAddress: false },
  },
  {
    behaviour: "the network of a foreign container",
    service: { network_mode: "container:foreign" },
    expected: { networks: [], networkMode: "container", wantsAddress: false },
  },
  {
    behaviour: "no container at all",
    service: { provider: { type: "cloud" } },
    expected: { networks: [], networkMode: "provider", wantsAddress: false },
  },
  {
    behaviour: "a health check",
    service: { healthcheck: { test: ["CMD", "true"] } },
    expected: { hasHealthcheck: true, purpose: "server" },
  },
  { behaviour: "a health check turned off", service: { healthcheck: { test: ["NONE"] } }, expected: {} },
  {
    behaviour: "a health check disabled",
    service: { healthcheck: { disable: true, test: ["CMD", "x"] } },
    expected: {},
  },
];

for (const { behaviour, service, expected } of cases) {
  test(`describes ${behaviour}`, () => {
    const reading = readingOf({
      services: { it: { image: "it", ...service }, other: { image: "x", container_name: "other-name" } },
    });

    const { services, findings } = describeServices(reading, "other");

    assert.deepEqual(services.it, { ...plain, ...expected });
    assert.deepEqual(findings, []);
  });
}

test("tells which services the profiles turn on", () => {
  const reading = readingOf({ services: { a: { image: "a" }, b: { image: "b", profiles: ["x"] } } }, { active: ["a"] });

  const { services } = describeServices(reading, null);

  assert.deepEqual([services.a?.active, services.b?.active], [true, false]);
});

test("leaves out what is no host name, and says so", () => {
  const reading = readingOf({ services: { web: { image: "web", labels: { "cilo.hostnames": "ok, a..b -x" } } } });

  const { services, findings } = describeServices(reading, null);

  assert.deepEqual(services.web?.hostnames, ["ok"]);
  assert.deepEqual(findings.map(messageOf), [
    'service web: label cilo.hostnames: "a..b" is not a host name and is left out: "" is no label (letters, digits and inner hyphens)',
    'service web: label cilo.hostnames: "-x" is not a host name and is left out: "-x" is no label (letters, digits and inner hyphens)',
  ]);
});

const image = { image: "x" };
const labelled = { ...image, labels: { "cilo.ingress": "true" } };
const named = { ...image, labels: { "cilo.hostnames": "admin" } };

const ingressCases: {
  behaviour: string;
  services: ModelText["services"];
  configured?: string;
  active?: string[];
  expected: string[];
  warning?: RegExp;
}[] = [
  {
    behaviour: "the labelled service goes first",
    services: { front: labelled, nginx: image, db: image },
    configured: "db",
    expected: ["front"],
  },
  { behaviour: "then the configured one", services: { nginx: image, db: image }, configured: "db", expected: ["db"] },
  {
    behaviour: "then the first of the usual names, in their own order",
    services: { caddy: image, app: image, web: image, api: named },
    expected: ["web"],
  },
  { behaviour: "then the only one with host names", services: { api: named, db: image }, expected: ["api"] },
  { behaviour: "two with host names are none", services: { api: named, admin: named }, expected: [] },
  {
    behaviour: "a usual name that is not turned on, or has no address, is passed over",
    services: { nginx: { ...image, profiles: ["x"] }, web: { ...image, network_mode: "host" }, app: image },
    active: ["app", "web"],
    expected: ["app"],
  },
  {
    behaviour: "of two labelled services the first by name is taken, with a warning",
    services: { b: labelled, a: labelled },
    expected: ["a"],
    warning: /^service b: has the label cilo.ingress as well as a, which is the ingress service/,
  },
  {
    behaviour: "of two labelled services in different profiles the active one is taken",
    services: { "a-prod": { ...labelled, profiles: ["prod"] }, "b-dev": { ...labelled, profiles: ["dev"] } },
    active: ["b-dev"],
    expected: ["b-dev"],
  },
  { behaviour: "otherwise there is none", services: { api: image, db: image }, expected: [] },
];

for (const { behaviour, services = {}, configured = null, active, expected, warning } of ingressCases) {
  test(`ingress: ${behaviour}`, () => {
    const reading = readingOf({ services }, active === undefined ? {} : { active });

    const described = describeServices(reading, configured);

    const chosen = Object.keys(described.services).filter((name) => described.services[name]?.ingress);
    assert.deepEqual(chosen, expected);
    assert.equal(described.findings.length, warning === undefined ? 0 : 1);
    if (warning !== undefined) assert.match(described.findings.map(messageOf).join(), warning);
  });
}

test("refuses a configured ingress service that does not exist, naming those that do", () => {
  const reading = readingOf({ services: { web: image, db: image } });

  assert.throws(
    () => describeServices(reading, "wbe"),
    (error: unknown) => {
      assert.ok(error instanceof CiloError);
      assert.equal(error.code, "CILO_CONFIG_INVALID");
      assert.match(error.message, /"wbe"/);
      assert.match(error.hint ?? "", /db, web/);
      return true;
    },
  );
});
