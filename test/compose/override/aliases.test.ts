import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planAliases } from "../../../src/compose/override/aliases.ts";
import { tellWarnings } from "../../../src/model/finding.ts";
import { contextOf, environment, type ModelText } from "../model-builder.ts";

/** The zone's names, which every service has, are left out: what is told apart here is the rest. */
function aliasesOf(model: ModelText, options: Parameters<typeof contextOf>[1] = {}) {
  const plan = planAliases(contextOf(model, options), "default");
  const rest = [...plan.aliases].map(([service, aliases]): [string, string[]] => [
    service,
    aliases.filter((alias) => !alias.startsWith(`${service}.`)),
  ]);
  return {
    aliases: Object.fromEntries(rest.filter(([, aliases]) => aliases.length > 0)),
    warnings: tellWarnings(plan.findings, () => null),
  };
}

test("carries over aliases of all networks, once each, and the container name that is taken away", () => {
  const plan = aliasesOf({
    services: {
      db: {
        image: "db",
        container_name: "shop-db",
        networks: { back: { aliases: ["database", "db"] }, admin: { aliases: ["database", "store"] } },
      },
    },
  });

  assert.deepEqual(plan, { aliases: { db: ["database", "store", "shop-db"] }, warnings: [] });
});

test("gives both forms of a name that is no host name, as the zone does", () => {
  const { aliases } = planAliases(contextOf({ services: { my_db: { image: "db" } } }), "default");

  assert.deepEqual(aliases.get("my_db"), [
    "my-db.login.test",
    "my_db.login.test",
    "my-db.shop.login.test",
    "my_db.shop.login.test",
  ]);
});

test("gives the long names only to an environment whose short names are another's", () => {
  const context = contextOf(
    { services: { db: { image: "db" } } },
    { environment: { ...environment, shortNames: false } },
  );

  const { aliases } = planAliases(context, "default");

  assert.deepEqual(aliases.get("db"), ["db.shop.login.test"]);
});

test("gives a service its own host names in full, wildcards excepted, and the ingress service the apex", () => {
  const plan = aliasesOf({
    services: {
      web: { image: "web", labels: { "cilo.hostnames": "admin, www.shop.example *.shop.example, Bücher.example" } },
    },
  });

  assert.deepEqual(plan.aliases, {
    web: ["admin.login.test", "www.shop.example", "xn--bcher-kva.example", "shop.login.test"],
  });
});

test("gives the names of a service inside another's network to that one", () => {
  const { aliases } = planAliases(
    contextOf({
      services: {
        app: { image: "app" },
        sidecar: { image: "x", network_mode: "service:proxy", labels: { "cilo.hostnames": "side" } },
        proxy: { image: "x", network_mode: "service:vpn" },
        vpn: { image: "x" },
      },
    }),
    "default",
  );

  assert.deepEqual(
    aliases.get("vpn")?.filter((alias) => /^(sidecar|proxy|side)\./.test(alias)),
    ["proxy.login.test", "proxy.shop.login.test", "sidecar.login.test", "sidecar.shop.login.test", "side.login.test"],
  );
  assert.equal(aliases.has("sidecar"), false);
});

test("a name two services ask for means the first by name, and the warning names both", () => {
  const plan = aliasesOf({
    services: {
      primary: { image: "db", networks: { back: { aliases: ["Store"] } } },
      replica: { image: "db", networks: { other: { aliases: ["store", "standby"] } } },
    },
  });

  assert.deepEqual(plan, {
    aliases: { primary: ["Store"], replica: ["standby"] },
    warnings: ['service replica: primary asks for the name "store" as well: in the environment it means primary only'],
  });
});

test("the name of a service is never another's alias", () => {
  const plan = aliasesOf({
    services: { cache: { image: "x", container_name: "redis" }, redis: { image: "x", container_name: "main" } },
  });

  assert.deepEqual(plan.aliases, { redis: ["main"] });
  assert.match(plan.warnings[0] ?? "", /service cache: redis asks for the name "redis" as well/);
});

const exclusive = {
  "front-dev": { image: "x", container_name: "front", profiles: ["dev"] },
  "front-prod": { image: "x", container_name: "front", profiles: ["prod"] },
};

test("services of profiles that exclude each other may share a name", () => {
  const plan = aliasesOf({ services: exclusive }, { active: ["front-dev"] });

  assert.deepEqual(plan, { aliases: { "front-dev": ["front"], "front-prod": ["front"] }, warnings: [] });
});

test("services of two profiles that are both on may not", () => {
  const plan = aliasesOf({ services: exclusive }, { active: ["front-dev", "front-prod"] });

  assert.deepEqual(plan.aliases, { "front-dev": ["front"] });
  assert.equal(plan.warnings.length, 1);
});

test("a service that is off takes no name from one that runs, not even its own", () => {
  const plan = aliasesOf(
    {
      services: {
        db: { image: "x", profiles: ["legacy"] },
        postgres: { image: "x", container_name: "mysql", networks: { default: { aliases: ["db"] } } },
        mysql: { image: "x", profiles: ["legacy"], networks: { default: { aliases: ["postgres"] } } },
      },
    },
    { active: ["postgres"] },
  );

  assert.deepEqual(plan.aliases, { postgres: ["db", "mysql"] });
  assert.deepEqual(plan.warnings, [
    'service mysql: postgres asks for the name "postgres" as well: in the environment it means postgres only',
  ]);
});

test("an external link to a container of the project becomes an alias of its service", () => {
  const plan = aliasesOf({
    services: {
      db: { image: "db", container_name: "shop-db" },
      job: { image: "x", external_links: ["shop-db:store", "elsewhere:other"] },
    },
  });

  assert.deepEqual(plan.aliases, { db: ["store", "shop-db"] });
});

describe("names on networks that are kept", () => {
  const model = {
    services: {
      api: { image: "x", networks: { front: { aliases: ["store"] }, back: { aliases: ["backend"] } } },
      db: { image: "x", container_name: "shop-db", networks: { back: { aliases: ["store"] } } },
      inside: { image: "x", network_mode: "service:db" },
      web: { image: "x", networks: { front: null }, labels: { "cilo.hostnames": "admin" } },
    },
    networks: { front: {}, back: { internal: true } },
  };
  const plan = (network: string) => {
    const { aliases, findings } = planAliases(contextOf(model, { copyOptions: { networks: "preserve" } }), network);
    return { aliases: Object.fromEntries(aliases), findings };
  };
  const zoneNames = (service: string) => [`${service}.login.test`, `${service}.shop.login.test`];

  test("are those of the services on it, with the aliases given on it", () => {
    assert.deepEqual(plan("back"), {
      aliases: {
        api: [...zoneNames("api"), "backend"],
        db: [...zoneNames("db"), ...zoneNames("inside"), "store", "shop-db"],
      },
      findings: [],
    });
  });

  test("leave the rest to the copy's own network, where an alias may mean another service", () => {
    assert.deepEqual(plan("default"), {
      aliases: {
        api: [...zoneNames("api"), "store"],
        web: [...zoneNames("web"), "admin.login.test", "shop.login.test"],
      },
      findings: [],
    });
  });
});
