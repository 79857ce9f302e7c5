import assert from "node:assert/strict";
import { test } from "node:test";
import { formatName, toNameKey } from "../../../src/dns/wire/name.ts";
import { explainName } from "../../../src/dns/zone/explain-name.ts";
import { buildZone } from "../../../src/dns/zone.ts";
import { environment, service } from "../example-zone.ts";

const zone = buildZone({
  suffix: "test",
  baseSubnet: "10.224.0.0/16",
  serial: 1,
  environments: [
    environment("shop/login", {
      web: service(["10.224.1.10"], { ingress: true, hostnames: ["*.wild.example.dev", "a.b"] }),
      db: service([], { hostnames: ["q.login.test"] }),
      q: service(["10.224.1.11"], { hostnames: ["x.q.login.test"] }),
    }),
    environment(
      "cms/e2",
      { web: service([], { ingress: true, hostnames: ["*.down.example.dev", "d.e.f"] }) },
      { createdAt: "2027", subnet: "10.224.2.0/24" },
    ),
  ],
});

for (const [name, rule, encloser, text] of [
  ["web.login.test", "exact", "web.login.test", 'service "web" of shop/login'],
  ["_http._tcp.web.login.test", "exact", "_http._tcp.web.login.test", 'ports of service "web" of shop/login'],
  ["_tcp.web.login.test", "exact", "_tcp.web.login.test", "there for the names below it, without records"],
  ["login.test", "exact", "login.test", "description of shop/login"],
  ["shop.login.test", "exact", "shop.login.test", 'ingress service "web" of shop/login, description of shop/login'],
  ["10.1.224.10.in-addr.arpa", "exact", "10.1.224.10.in-addr.arpa", 'address of service "web" of shop/login'],
  ["test", "exact", "test", "cilo's own name server"],
  ["resolver.arpa", "exact", "resolver.arpa", "a name of the zone's own, without records"],
  ["localhost", "exact", "localhost", "localhost (RFC 6761)"],
  [
    "cms.e2.test",
    "exact",
    "cms.e2.test",
    'description of cms/e2; its address is kept for service "web" of cms/e2, which is down',
  ],
  [
    "any.shop.login.test",
    "wildcard",
    "shop.login.test",
    'wildcard *.shop.login.test: ingress service "web" of shop/login',
  ],
  [
    "a.b.wild.example.dev",
    "wildcard",
    "wild.example.dev",
    'wildcard *.wild.example.dev: service "web" of shop/login, which asks for it (cilo.hostnames)',
  ],
  ["x.localhost", "wildcard", "localhost", "wildcard *.localhost: localhost (RFC 6761)"],
  ["db.login.test", "absent", "db.login.test", 'kept for service "db" of shop/login, which is down'],
  ["onion", "absent", "onion", "a name of special use, which does not exist"],
  ["nope.login.test", "below-nothing", "login.test", "no such name below login.test"],
  [
    "x.db.login.test",
    "below-nothing",
    "db.login.test",
    'no such name below db.login.test, which is kept for service "db" of shop/login, which is down',
  ],
  [
    "x.cms.e2.test",
    "below-nothing",
    "cms.e2.test",
    'wildcard *.cms.e2.test is kept for service "web" of cms/e2, which is down',
  ],
  ["x.onion", "below-nothing", "onion", "no such name below onion"],
  [
    "wild.example.dev",
    "foreign",
    "wild.example.dev",
    "only the names below it are of the zone: for upstreams to answer",
  ],
  ["www.google.com", "foreign", null, "not a name of the zone: for upstreams to answer"],
  ["x.a.b", "foreign", null, "not a name of the zone: for upstreams to answer"],
  [".", "foreign", null, "not a name of the zone: for upstreams to answer"],
] as const) {
  test(`${name} is explained: ${text}`, () => {
    const explanation = explainName(zone, toNameKey(name) ?? "");

    assert.equal(explanation.text, text);
    assert.equal(explanation.rule, rule);
    assert.equal(explanation.encloser === null ? null : formatName(explanation.encloser), encloser);
  });
}

test("the origins of an answer are told once each, with their kind", () => {
  const { origins } = explainName(zone, toNameKey("shop.login.test") ?? "");

  assert.deepEqual(origins, [
    { kind: "apex", text: 'ingress service "web" of shop/login' },
    { kind: "discovery", text: "description of shop/login" },
  ]);
});
