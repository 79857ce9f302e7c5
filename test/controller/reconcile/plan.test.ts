import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diff } from "../../../src/controller/reconcile/diff.ts";
import type { Observation } from "../../../src/controller/reconcile/observation.ts";
import { plan, renderPlan } from "../../../src/controller/reconcile/plan.ts";
import { emptyService } from "../../../src/model/environment.ts";
import { labelsOfProbe } from "../../../src/model/labels.ts";
import { emptyState } from "../../../src/model/state.ts";
import {
  containerOf,
  ended,
  installation,
  journal,
  networkOf,
  now,
  observationOf,
  runningEnvironment,
  volumeOf,
} from "./machine.ts";

function planOf(observation: Observation): string {
  return renderPlan(plan(diff(observation)));
}

/** Traces of an environment, with what a test cares about changed. */
function traces(changes: Partial<Observation["traces"][string]>): Observation["traces"][string] {
  return { isOperationAlive: false, isChildAlive: false, workspace: "/w", hasWorkspace: true, ...changes };
}

const blue = runningEnvironment("blue", 0);
const network = networkOf(blue);
const web = containerOf(blue, "web");
const db = containerOf(blue, "db");
const gone = runningEnvironment("gone", 9);

describe("a plan", () => {
  test("is empty where all agrees", () => {
    assert.equal(planOf(observationOf([blue])), "");
  });

  test("is empty where nothing was ever created", () => {
    assert.equal(planOf(observationOf([])), "");
  });

  test("leaves an environment alone on which a living process works, and says so", () => {
    const busy = { ...blue, operation: journal("up", "settle") };
    const engine = { containers: [], networks: [] };

    assert.equal(
      planOf(observationOf([busy], { engine, traces: { [busy.id]: traces({ isOperationAlive: true }) } })),
      'notice shop/blue — "up shop/blue" is under way (pid 41): it is left alone; run: cilo status shop/blue\n',
    );
    assert.equal(
      planOf(observationOf([blue], { engine, holders: { [blue.id]: { pid: 9, purpose: "restore shop/blue" } } })),
      'notice shop/blue — "restore shop/blue" is under way (pid 9): it is left alone; run: cilo status shop/blue\n',
    );
  });
});

describe("an operation whose process died", () => {
  const child = { pid: 42, startTime: "2", bootId: "b" };
  const rows: [
    string,
    Parameters<typeof journal>,
    Partial<typeof blue>,
    Partial<Observation["traces"][string]>,
    string,
  ][] = [
    [
      "a creation is undone before there is a workspace",
      ["create", "copy"],
      { status: "created", services: {} },
      { hasWorkspace: false },
      'undo-creation shop/blue — "create" (pid 41) ended at step copy, before there was a workspace\n',
    ],
    [
      "a creation is finished when its workspace is whole",
      ["create", "copy"],
      { status: "created", services: {} },
      {},
      'finish-creation shop/blue — "create" (pid 41) ended at step copy; its workspace is whole\n',
    ],
    [
      "a start is judged by what runs",
      ["up", "settle"],
      { status: "starting" },
      {},
      'clear-operation shop/blue — "up" (pid 41) ended at step settle; what runs is what counts\n',
    ],
    [
      "what it had started is ended first",
      ["up", "compose-up", { child }],
      { status: "starting" },
      { isChildAlive: true },
      'end-child shop/blue — docker compose (pid 42) still runs, left by "up" (pid 41), which ended at step compose-up\n' +
        'clear-operation shop/blue — "up" (pid 41) ended at step compose-up; what runs is what counts\n',
    ],
    [
      "a stop goes on, and that it stops something is marked",
      ["down", "compose-down"],
      {},
      {},
      'resume-down! shop/blue — "down" (pid 41) ended at step compose-down; it stops cilo-shop-blue-db-1, cilo-shop-blue-web-1\n',
    ],
    [
      "a migration goes on, and that it ends what runs is marked",
      ["migrate", "compose-down"],
      { status: "starting" },
      {},
      'resume-migrate! shop/blue — "migrate" (pid 41) ended at step compose-down; it makes cilo-shop-blue-db-1, cilo-shop-blue-web-1 anew\n',
    ],
    [
      "a destruction goes on once it has begun, and that it loses data is marked",
      ["destroy", "remove-files"],
      { status: "destroying" },
      {},
      'resume-destroy! shop/blue — "destroy" (pid 41) ended at step remove-files; what is left of it goes, volumes and workspace too\n',
    ],
    [
      "a destruction that was to leave the workspace leaves it",
      ["destroy", "remove-files"],
      { status: "destroying", destruction: { keepWorkspace: true, undo: true } },
      {},
      'resume-destroy! shop/blue — "destroy" (pid 41) ended at step remove-files; what is left of it goes, volumes too; its workspace stays\n',
    ],
    [
      "a restoration is left to the command that knows what it had made",
      ["create", "restore"],
      { status: "stopped" },
      {},
      "notice shop/blue — its restoration was cut off; what it is made from is still in the trash; run: cilo restore shop/blue\n",
    ],
    [
      "a destruction that had removed nothing is given up",
      ["destroy", "begin"],
      {},
      {},
      'clear-operation shop/blue — "destroy" (pid 41) ended at step begin, before anything was removed\n',
    ],
  ];
  for (const [what, operation, changes, traced, expected] of rows) {
    test(what, () => {
      const environment = { ...blue, ...changes, operation: journal(...operation) };
      const running = { containers: changes.services ? [] : [web, db], networks: [network] };
      const observation = observationOf([environment], { engine: running, traces: { [blue.id]: traces(traced) } });

      assert.equal(planOf(observation), expected);
    });
  }

  test("a destruction that failed half-way goes on, with what it had failed of", () => {
    const environment = { ...blue, status: "destroying" as const, lastError: "volume data is in use" };

    assert.equal(
      planOf(observationOf([environment])),
      "resume-destroy! shop/blue — its destruction was begun and failed: volume data is in use; what is left of it goes, volumes and workspace too\n",
    );
  });
});

describe("what the engine shows otherwise than state says", () => {
  const kept = { ...blue, keptNetworks: { back: "10.225.0.0/24" } };
  const back = networkOf(kept, { id: "id-back", name: "cilo-shop-blue_back", subnets: ["10.225.0.0/24"] });
  const rows: [string, typeof blue, NonNullable<Parameters<typeof observationOf>[1]>["engine"], string][] = [
    [
      "containers that vanished",
      { ...blue, anonymousVolumes: ["5".repeat(64)] },
      { containers: [], networks: [] },
      "record-facts shop/blue — it is stopped, state says running; db has no container, state says cilo-shop-blue-db-1 at 10.224.0.11; " +
        "web has no container, state says cilo-shop-blue-web-1 at 10.224.0.10; volume 555555555555 is gone\n",
    ],
    [
      "containers that a reboot ended",
      blue,
      { containers: [ended(web), ended(db, 0)], networks: [network] },
      "record-facts shop/blue — it is stopped, state says running; db is at no address, state says 10.224.0.11; web is at no address, state says 10.224.0.10\n",
    ],
    [
      "another address",
      blue,
      { containers: [{ ...web, addresses: { [network.name]: "10.224.0.200" } }, db], networks: [network] },
      "record-facts shop/blue — it is degraded, state says running; web is at 10.224.0.200, state says 10.224.0.10\n",
    ],
    [
      "an address that it had not when it was looked at last",
      { ...blue, services: { ...blue.services, web: { ...emptyService(), ...blue.services.web, addresses: [] } } },
      { containers: [web, db], networks: [network] },
      "record-facts shop/blue — web is at 10.224.0.10, state says no address\n",
    ],
    [
      "another name",
      blue,
      { containers: [{ ...web, name: "mine" }, db], networks: [network] },
      "record-facts shop/blue — the container of web is mine, state says cilo-shop-blue-web-1\n",
    ],
    [
      "a start that nobody finished and whose journal is closed",
      { ...blue, status: "starting" },
      { containers: [web, db], networks: [network] },
      "record-facts shop/blue — it is running, state says starting\n",
    ],
    [
      "a replacement that Compose had not started yet",
      blue,
      {
        containers: [web, db, { ...web, id: "new", name: `0123456789ab_${web.name}`, state: "created", addresses: {} }],
        networks: [network],
      },
      "remove-container container 0123456789ab_cilo-shop-blue-web-1 — Compose was cut off while it put another container of shop/blue in its place\n",
    ],
    [
      "a replacement that runs already, beside what it replaces",
      blue,
      {
        containers: [ended(web), db, { ...web, id: "new", name: `0123456789ab_${web.name}` }],
        networks: [network],
      },
      "remove-container container cilo-shop-blue-web-1 — Compose was cut off while it put another container of shop/blue in its place\n" +
        "record-facts shop/blue — the container of web is 0123456789ab_cilo-shop-blue-web-1, state says cilo-shop-blue-web-1\n",
    ],
    [
      "a service that state does not know any more",
      blue,
      { containers: [web, db, ended(containerOf(blue, "old")), containerOf(blue, "older")], networks: [network] },
      "remove-container container cilo-shop-blue-old-1 — shop/blue has no service of its kind any more\n" +
        // Something unexpected runs: that is a service too.
        "notice container cilo-shop-blue-older-1 — shop/blue has no service of its kind any more, and it runs; run: cilo up shop/blue\n",
    ],
    [
      "one-off containers, of which one still runs",
      blue,
      {
        containers: [
          web,
          db,
          ended(containerOf(blue, "web", { id: "r1", name: "r1", labels: { "com.docker.compose.oneoff": "True" } })),
          containerOf(blue, "web", { id: "r2", name: "r2", labels: { "com.docker.compose.oneoff": "True" } }),
        ],
        networks: [network],
      },
      "remove-container! container r1 — a one-off container of shop/blue that has ended; its files and its log go with it\n",
    ],
    [
      "a network that was made anew, so that containers cannot start again",
      { ...blue, status: "stopped", services: {} },
      { containers: [], networks: [] },
      "",
    ],
    [
      "a network that was made anew under stopped containers",
      blue,
      { containers: [ended(web), ended(db)], networks: [{ ...network, id: "other" }] },
      "record-facts shop/blue — it is stopped, state says running; db is at no address, state says 10.224.0.11; web is at no address, state says 10.224.0.10\n" +
        "notice shop/blue — container cilo-shop-blue-db-1 was on a network cilo-shop-blue_default that is gone; it can only be made anew; run: cilo up shop/blue\n" +
        "notice shop/blue — container cilo-shop-blue-web-1 was on a network cilo-shop-blue_default that is gone; it can only be made anew; run: cilo up shop/blue\n",
    ],
    [
      "a network of another subnet, used and unused",
      kept,
      {
        containers: [web, db],
        networks: [
          { ...network, subnets: ["172.30.0.0/16"] },
          { ...back, subnets: ["172.31.0.0/16"] },
        ],
      },
      "remove-network network cilo-shop-blue_back — its subnet is 172.31.0.0/16, shop/blue was given 10.225.0.0/24\n" +
        "notice network cilo-shop-blue_default — its subnet is 172.30.0.0/16, shop/blue was given 10.224.0.0/24; cilo-shop-blue-db-1, cilo-shop-blue-web-1 are on it; run: cilo down shop/blue && cilo up shop/blue\n",
    ],
    [
      "a second network of one name, and one that is not kept any more",
      blue,
      { containers: [web, db], networks: [{ ...network, id: "second" }, network, back] },
      "remove-network network cilo-shop-blue_back — shop/blue has no network of this name\n" +
        "remove-network network cilo-shop-blue_default — shop/blue has another network of this name\n",
    ],
  ];
  for (const [what, environment, engine, expected] of rows) {
    test(what, () => {
      assert.equal(planOf(observationOf([environment], engine === undefined ? {} : { engine })), expected);
    });
  }

  test("knows no services of a migrated environment, and takes none of its containers for one too many", () => {
    const migrated = { ...blue, status: "stopped" as const, services: {} };
    const goProgram = { ...web, labels: { cilo: "true", "cilo.environment": "blue", "cilo.project": "shop" } };

    assert.equal(planOf(observationOf([migrated], { engine: { containers: [goProgram], networks: [] } })), "");
    assert.match(
      planOf(observationOf([migrated], { engine: { containers: [ended(web)], networks: [network] } })),
      /^notice container cilo-shop-blue-web-1 — state knows no services of shop\/blue, .*; run: cilo up shop\/blue\n$/,
    );
  });

  test("says that a workspace is gone, and does nothing about it", () => {
    assert.equal(
      planOf(observationOf([blue], { traces: { [blue.id]: traces({ hasWorkspace: false }) } })),
      "notice shop/blue — its workspace is gone: /w; run: cilo destroy shop/blue\n",
    );
  });
});

describe("what no environment accounts for", () => {
  const goneWeb = containerOf(gone, "web");
  const goneNetwork = networkOf(gone);

  test("goes from what uses to what is used, with what loses data marked", () => {
    const engine = {
      containers: [goneWeb, ended(containerOf(gone, "db"))],
      networks: [goneNetwork],
      volumes: [volumeOf(gone, "data")],
      details: { [goneWeb.id]: { anonymousVolumes: ["5".repeat(64)] } },
    };

    assert.equal(
      planOf(observationOf([], { engine })),
      "remove-container container cilo-shop-gone-db-1 — left of shop/gone, which is no more\n" +
        "remove-container! container cilo-shop-gone-web-1 — left of shop/gone, which is no more; it runs; 1 volume without a name goes with it\n" +
        "remove-network! network cilo-shop-gone_default — left of shop/gone, which is no more\n" +
        "remove-volume! volume cilo-shop-gone_data — left of shop/gone, which is no more; its data go with it\n",
    );
  });

  test("is of an earlier environment where there is one of its name now", () => {
    const earlier = networkOf({ ...blue, id: "earlier" }, { id: "n" });

    assert.equal(
      planOf(observationOf([blue], { engine: { networks: [network, earlier] } })),
      "remove-network network cilo-shop-blue_default — left of an earlier shop/blue\n",
    );
  });

  test("stays while somebody holds the lock of its environment: it may be about to come back", () => {
    const engine = { containers: [goneWeb], networks: [goneNetwork], volumes: [volumeOf(gone, "data")] };
    const holders = { [gone.id]: { pid: 9, purpose: "restore shop/gone" } };

    assert.equal(planOf(observationOf([], { engine, holders })), "");
  });

  test("a network that somebody else uses stays, and how to free it is said", () => {
    const other = { ...web, name: "mine", labels: {}, networkIds: { [goneNetwork.name]: goneNetwork.id } };

    assert.equal(
      planOf(observationOf([], { engine: { containers: [other], networks: [goneNetwork] } })),
      "notice network cilo-shop-gone_default — left of shop/gone, which is no more, but mine of somebody else is on it; run: docker network disconnect cilo-shop-gone_default mine\n",
    );
  });

  test("what another installation made is not touched, also under equal names", () => {
    const theirs = { "cilo.installation": "22222222-2222-4222-8222-222222222222" };
    const engine = {
      containers: [web, db, { ...goneWeb, labels: { ...goneWeb.labels, ...theirs } }].concat({
        ...web,
        id: "theirs",
        name: "theirs",
        labels: { ...web.labels, ...theirs },
      }),
      networks: [network, { ...network, id: "theirs", labels: { ...network.labels, ...theirs } }],
      volumes: [{ name: "theirs", labels: { ...volumeOf(gone, "data").labels, ...theirs } }],
    };

    assert.equal(planOf(observationOf([blue], { engine })), "");
  });

  test("what somebody runs from an image made of one of our containers is not touched", () => {
    const committed = { ...goneWeb, id: "mine", name: "mine", imageId: "sha256:2" };

    assert.equal(planOf(observationOf([], { engine: { containers: [committed] } })), "");
  });

  test("what has no environment's label is not touched", () => {
    const { "cilo.id": _, ...labels } = goneWeb.labels;

    assert.equal(planOf(observationOf([], { engine: { containers: [{ ...goneWeb, labels }] } })), "");
  });

  test("probes go once their time is over, whether their environment is there or not", () => {
    const probe = (environment: typeof blue, name: string, offsetMs: number) => ({
      ...containerOf(environment, "web", { id: name, name }),
      labels: labelsOfProbe(installation, environment, new Date(now.getTime() + offsetMs)),
    });
    const engine = {
      containers: [
        web,
        db,
        probe(blue, "p1", -1),
        probe(blue, "p2", 60_000),
        probe(gone, "p3", -1),
        probe(gone, "p4", 60_000),
      ],
    };

    assert.equal(
      planOf(observationOf([blue], { engine })),
      "remove-container container p1 — it was made to look into shop/blue for a moment, which is over\n" +
        "remove-container! container p3 — left of shop/gone, which is no more; it runs\n",
    );
  });
});

describe("files", () => {
  const rows: [string, Partial<Observation["strays"][number]>, string][] = [
    [
      "half a copy",
      { kind: "copy", pid: 7 },
      "remove-files file /h/x — half a workspace; process 7, which made it, has ended\n",
    ],
    [
      "a temporary file",
      { kind: "temp", pid: 7 },
      "remove-files file /h/x — half a file; process 7, which made it, has ended\n",
    ],
    ["a lock", { kind: "lock" }, "remove-files file /h/x — the lock of an environment that is no more\n"],
    [
      "an unfinished entry of the trash",
      { kind: "trash" },
      "remove-files file /h/x — an entry of the trash that was not finished\n",
    ],
    [
      "what was generated",
      { kind: "generated" },
      "remove-files file /h/x — generated for an environment that is no more\n",
    ],
    [
      "what was generated and written in",
      { kind: "generated", holdsData: true },
      "remove-files! file /h/x — generated for an environment that is no more; containers wrote in it\n",
    ],
  ];
  for (const [what, changes, expected] of rows) {
    test(`${what} goes`, () => {
      const file = { kind: "temp" as const, path: "/h/x", within: "/h", pid: null, holdsData: false, ...changes };

      assert.equal(planOf(observationOf([], { strays: [file] })), expected);
    });
  }
});

describe("the daemon", () => {
  const daemon = { installation, revision: 1, pid: 77, hasEngine: true, environments: {} };
  const served = { key: "shop/blue", services: { web: ["10.224.0.10"], db: ["10.224.0.11"] } };

  test("is content when it answers what runs", () => {
    assert.equal(planOf(observationOf([blue], { daemon: { ...daemon, environments: { [blue.id]: served } } })), "");
  });

  test("is told what it answers otherwise or not at all, and what is no more", () => {
    const green = runningEnvironment("green", 1);
    const environments = {
      [blue.id]: { ...served, services: { ...served.services, web: ["10.224.0.99"] } },
      [gone.id]: { key: "shop/gone", services: {} },
    };

    assert.equal(
      planOf(observationOf([blue, green], { daemon: { ...daemon, environments } })),
      "withdraw shop/gone — the DNS server answers for it, and it is no more\n" +
        "publish shop/blue — web is at 10.224.0.10, the answer is 10.224.0.99\n" +
        "publish shop/green — db is at 10.224.1.11, the answer is no address; web is at 10.224.1.10, the answer is no address\n",
    );
  });

  test("is not judged by what is about to be mended, nor where it cannot see the engine", () => {
    const engine = { containers: [], networks: [] };
    const environments = { [blue.id]: served };

    assert.doesNotMatch(planOf(observationOf([blue], { engine, daemon: { ...daemon, environments } })), /publish/);
    assert.equal(planOf(observationOf([blue], { daemon: { ...daemon, hasEngine: false, environments: {} } })), "");
  });

  for (const [what, changes, words] of [
    [
      "of another installation",
      { installation: "other" },
      "the one that runs (pid 77) serves another installation's state",
    ],
    ["ahead of state", { revision: 9 }, "the one that runs (pid 77) answers from revision 9, state is at 1 only"],
    [
      "of another version",
      { environments: null },
      "the one that runs (pid 77) is of another version of cilo and does not say what it answers",
    ],
  ] as const) {
    test(`${what} is to be started anew`, () => {
      assert.equal(
        planOf(observationOf([blue], { daemon: { ...daemon, ...changes } })),
        `notice DNS server — ${words}; run: cilo dns stop; cilo dns start --detach\n`,
      );
    });
  }

  test("is content before there is a state, of which each process makes up an id of its own", () => {
    const state = emptyState("made up");

    assert.equal(
      planOf(observationOf([], { state, daemon: { ...daemon, installation: "made up otherwise", revision: 0 } })),
      "",
    );
  });

  test("that cannot be asked is named", () => {
    assert.equal(
      planOf(observationOf([blue], { daemon: { problem: "the daemon did not answer within 5 s" } })),
      "notice DNS server — the daemon did not answer within 5 s; run: cilo dns status\n",
    );
  });
});

test("without an engine only what needs none is planned, and that the rest waits is said", () => {
  const engine = { problem: "no engine answers at unix:///x" };
  const created = { ...gone, status: "created" as const, services: {}, operation: journal("create", "copy") };
  const down = {
    ...blue,
    operation: journal("down", "compose-down", { child: { pid: 42, startTime: "2", bootId: "b" } }),
  };
  const file = { kind: "temp" as const, path: "/h/x", within: "/h", pid: 7, holdsData: false };

  const text = planOf(
    observationOf([created, down], {
      engine,
      strays: [file],
      traces: { [created.id]: traces({ hasWorkspace: false }), [down.id]: traces({ isChildAlive: true }) },
    }),
  );

  assert.equal(
    text,
    'end-child shop/blue — docker compose (pid 42) still runs, left by "down" (pid 41), which ended at step compose-down\n' +
      'undo-creation shop/gone — "create" (pid 41) ended at step copy, before there was a workspace\n' +
      "remove-files file /h/x — half a file; process 7, which made it, has ended\n" +
      "notice engine — no engine answers at unix:///x; what needs the engine waits; run: cilo doctor\n",
  );
});

test("a service whose name is one of Object's own is like any other", () => {
  const services = Object.fromEntries([["__proto__", emptyService()]]);
  const odd = { ...blue, status: "stopped" as const, services };

  assert.equal(planOf(observationOf([odd])), "");
});
