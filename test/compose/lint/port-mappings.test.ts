import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointsOf, portMappingsOf } from "../../../src/compose/lint/port-mappings.ts";
import { contextOf } from "../model-builder.ts";

/** What is mapped, as "published>target/protocol". */
const cases: [ports: unknown, mapped: string[]][] = [
  [{ target: 80, published: "8080", protocol: "tcp" }, ["8080>80/tcp"]],
  [{ target: 53, published: "53", protocol: "udp", host_ip: "127.0.0.1" }, ["53>53/udp"]],
  [{ target: 80, protocol: "tcp" }, [">80/tcp"]],
  [{ target: 80, published: "8000-8010", protocol: "tcp" }, [">80/tcp"]],
  [{ target: "80", published: "${PORT}" }, [">80/tcp"]],
  [{ target: "${PORT}" }, []],
  ["8080:80", ["8080>80/tcp"]],
  ["127.0.0.1:8080:80/udp", ["8080>80/udp"]],
  ["[::1]:8080:80", ["8080>80/tcp"]],
  ["3000-3001:4000-4001", ["3000>4000/tcp", "3001>4001/tcp"]],
  ["80", [">80/tcp"]],
  [80, [">80/tcp"]],
  ["127.0.0.1::80", [">80/tcp"]],
  ["${A}:${B}", []],
  ["5-2", []],
];

for (const [ports, mapped] of cases) {
  test(`${JSON.stringify(ports)} maps ${mapped.join(", ") || "nothing"}`, () => {
    const { web } = contextOf({ services: { web: { image: "web", ports: [ports] } } }).reading.base.services;

    const mappings = portMappingsOf(web ?? {});

    assert.deepEqual(
      mappings.map(({ published, target, protocol }) => `${published ?? ""}>${target}/${protocol}`),
      mapped,
    );
  });
}

test("ports answer at the service's name, active services first, and nowhere without a network of the copy", () => {
  const ports = [{ target: 80, published: "8080", protocol: "tcp" }];
  const context = contextOf(
    {
      services: {
        a: { image: "a", ports, profiles: ["off"] },
        my_b: { image: "b", ports },
        host: { image: "h", ports, network_mode: "host" },
      },
    },
    { active: ["host", "my_b"] },
  );

  const endpoints = endpointsOf(context);

  assert.deepEqual(
    endpoints.map(({ service, address }) => [service, address]),
    [
      ["my_b", "my-b.login.test:80"],
      ["a", "a.login.test:80"],
    ],
  );
});
