import assert from "node:assert/strict";
import { test } from "node:test";
import { findRouterLabels } from "../../../src/compose/lint/router-labels.ts";
import { composeProject, contextOf } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const rule = "traefik.http.routers.web.rule";
const own = `traefik.http.routers.${composeProject}.rule`;

const cases: { name: string; web: object; places: string[] }[] = [
  {
    name: "a router of one name, whatever else is said of it",
    web: { labels: { "traefik.http.routers.web.tls": "true", [rule]: `Host(\`${composeProject}.test\`)` } },
    places: [`warning shared services.web.labels#${rule}`],
  },
  {
    name: "a rule that is the same under names of their own",
    web: { labels: { [own]: "Host(`shop.test`)" } },
    places: [`warning shared services.web.labels#${own}`],
  },
  {
    name: "nothing where both follow from the project's name",
    web: { labels: { [own]: `Host(\`${composeProject}.test\`)` } },
    places: [],
  },
  {
    name: "a service of one name, over which requests are balanced",
    web: { labels: ["traefik.http.services.web.loadbalancer.server.port=80"] },
    places: ["warning shared services.web.labels#traefik.http.services.web.loadbalancer.server.port"],
  },
  {
    name: "a TCP router",
    web: { labels: { "traefik.tcp.routers.db.rule": "HostSNI(`*`)" } },
    places: ["warning shared services.web.labels#traefik.tcp.routers.db.rule"],
  },
  {
    name: "a frontend of version 1",
    web: { labels: { "traefik.frontend.rule": "Host:shop.test", "traefik.port": "80" } },
    places: ["warning shared services.web.labels#traefik.frontend.rule"],
  },
  {
    name: "nothing where Traefik is to leave it alone",
    web: { labels: { "traefik.enable": "false", [rule]: "x" } },
    places: [],
  },
  { name: "nothing where Traefik chooses the name", web: { labels: { "traefik.enable": "true" } }, places: [] },
  {
    name: "a site of caddy-docker-proxy",
    web: { labels: { caddy: "shop.test", "caddy.reverse_proxy": "{{upstreams 80}}" } },
    places: ["warning shared services.web.labels#caddy"],
  },
  {
    name: "no site that follows from the project's name",
    web: { labels: { caddy_0: `${composeProject}.test` } },
    places: [],
  },
  {
    name: "a host of nginx-proxy",
    web: { environment: { VIRTUAL_HOST: "shop.test", VIRTUAL_PORT: "80" } },
    places: ["warning shared services.web.environment#VIRTUAL_HOST"],
  },
  { name: "no host that is empty", web: { environment: { VIRTUAL_HOST: "" } }, places: [] },
];

for (const { name, web, places } of cases) {
  test(`finds ${name}`, () => {
    const findings = findRouterLabels(contextOf({ services: { web: { image: "web", ...web } } }));

    assert.deepEqual(placesOf(findings), places);
  });
}

test("a Traefik of the project that looks at its own copy alone claims nothing", () => {
  const constraint = (project: string) => ({
    image: "traefik",
    command: [`--providers.docker.constraints=Label(\`com.docker.compose.project\`,\`${project}\`)`],
  });
  const services = { web: { image: "web", labels: { [rule]: "Host(`shop.test`)" } } };

  const limited = findRouterLabels(contextOf({ services: { ...services, proxy: constraint(composeProject) } }));
  const alike = findRouterLabels(contextOf({ services: { ...services, proxy: constraint("shop") } }));

  assert.equal(limited.length, 0);
  assert.equal(alike.length, 1);
});
