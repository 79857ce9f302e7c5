import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import type { DaemonStatus } from "../../src/control/messages.ts";
import type { ControllerContext } from "../../src/controller/context.ts";
import { diff } from "../../src/controller/reconcile/diff.ts";
import { observe } from "../../src/controller/reconcile/observe.ts";
import { type Check, found } from "../../src/doctor/check.ts";
import { allChecks, type NamedFinding, type RunOptions, runChecks } from "../../src/doctor/run-checks.ts";
import type { State } from "../../src/model/state.ts";
import type { RuntimeProvider } from "../../src/runtime/provider.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";
import { engineFacts, makeMachine, makeSurvey, toLines } from "./survey.ts";

interface Parts {
  read(): Promise<State>;
  daemon(): Promise<DaemonStatus | null>;
  engine: Partial<RuntimeProvider>;
}

const state = makeState([makeEnvironment()]);

/** A machine on which all is well, but for these parts of it, and no DNS server runs. */
function contextOf({ read = async () => state, daemon = async () => null, engine = {} }: Partial<Parts>) {
  const runtime = {
    endpoint: engineFacts.endpoint,
    info: async () => engineFacts,
    composeVersion: async () => "2.40.3",
    listContainers: async () => [],
    listNetworks: async () => [],
    listVolumes: async () => [],
    async [Symbol.asyncDispose]() {},
    ...engine,
  };
  const { context } = makeSurvey({ home: "/nonexistent/.cilo" });
  const parts = { store: { read }, control: { send: daemon }, openRuntime: () => runtime };
  return { ...context, ...parts } as unknown as ControllerContext;
}

async function examine(parts: Partial<Parts>, options: Partial<RunOptions>): Promise<NamedFinding[]> {
  const machine = makeMachine();
  const findDifferences = async () => [];
  return await runChecks(contextOf(parts), {
    ...{ version: "1.2.3", machine, findDifferences, patienceMs: 0 },
    ...options,
  });
}

/** What was found, a line each: "problem engine: no engine answers". */
async function diagnose(parts: Partial<Parts>, options: Partial<RunOptions> = {}): Promise<string[]> {
  const findings = await examine(parts, options);
  return findings.map(({ severity, check, message }) => `${severity} ${check}: ${message}`);
}

const never = () => new Promise<never>(() => {});

function checkOf(name: string, run: Check["run"]): Check {
  return { name, run };
}

describe("the checks", () => {
  test("have stable names in kebab-case, each its own", () => {
    const names = allChecks.map(({ name }) => name);

    assert.deepEqual(names, [
      ...["state", "lock", "operations", "config", "disk", "engine", "compose", "daemon"],
      ...["port", "upstreams", "dns", "services", "addresses", "subnets", "orphans", "leftovers", "trash"],
    ]);
    assert.deepEqual(
      names.filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name)),
      [],
    );
  });

  test("say of each part how it is", async () => {
    assert.deepEqual(await diagnose({}), [
      "ok state: /nonexistent/.cilo is yet to be made: nothing was created so far",
      "ok lock: no lock is held",
      "ok operations: no operation is under way, none was interrupted",
      "ok disk: 80 GiB of 100 GiB are free where /nonexistent/.cilo is",
      "ok engine: Docker Engine 27.0.0 at unix:///engine.sock",
      "ok compose: Docker Compose 2.40.3",
      "warning daemon: no DNS server runs: names do not answer",
      "ok port: 127.0.0.1:5354 is free for the DNS server",
      "info upstreams: not checked, as no DNS server runs",
      "info dns: not checked, as no DNS server runs",
      "ok services: every environment that runs has all its services",
      "ok addresses: state has the addresses that the engine shows",
      "ok subnets: environments have 1 subnet of 10.224.0.0/16; nobody else uses it",
      "ok orphans: everything on the engine that this cilo made belongs to an environment",
      "ok leftovers: no files are left of environments that are no more",
      "ok trash: nothing is in the trash",
    ]);
  });

  test("that need the engine say so when it does not answer, and it is told once why", async () => {
    const info = () => Promise.reject(new CiloError("CILO_ENGINE_UNREACHABLE", "no engine answers"));

    const lines = await diagnose({ engine: { info } });

    assert.deepEqual(
      lines.filter((line) => line.includes("engine")),
      [
        "problem engine: no engine answers",
        "info services: not checked, as it needs the engine",
        "info addresses: not checked, as it needs the engine",
        "info subnets: not checked, as it needs the engine",
        "info orphans: not checked, as it needs the engine",
      ],
    );
    assert.ok(lines.includes("ok compose: Docker Compose 2.40.3"));
  });

  test("read state once, and do what they can without it", async () => {
    let readings = 0;
    const read = () => {
      readings += 1;
      return Promise.reject(new CiloError("CILO_STATE_UNREADABLE", "cannot read the state file"));
    };

    const lines = await diagnose({ read });

    assert.equal(readings, 1);
    assert.ok(lines.includes("info operations: not checked, as it needs the state file"));
    assert.ok(lines.includes("ok engine: Docker Engine 27.0.0 at unix:///engine.sock"));
  });

  test("come to an end when the engine hangs, which is told of it", async () => {
    const disposed: string[] = [];
    const engine = {
      info: never,
      async [Symbol.asyncDispose]() {
        disposed.push("engine");
      },
    };

    const lines = await diagnose({ engine }, { surveyLimitMs: 10 });

    assert.ok(
      lines.includes("problem engine: the engine at unix:///engine.sock gave no answer within 0.01 s: it hangs"),
    );
    assert.ok(lines.includes("info orphans: not checked, as it needs the engine"));
    assert.ok(disposed.length > 0);
  });

  test("come to an end when the daemon or the file system hangs", async () => {
    const daemon = await diagnose({ daemon: never }, { surveyLimitMs: 10 });
    const files = await diagnose({ read: never }, { surveyLimitMs: 10 });

    assert.ok(daemon.includes("problem daemon: the DNS server did not answer within 0.01 s"));
    assert.ok(daemon.includes("info dns: not checked, as it needs the DNS server"));
    assert.ok(files.includes("info operations: not checked, as it needs the state file"));
  });

  test("are given up one by one, and the one that was is named", async () => {
    const checks = [checkOf("slow", never), checkOf("quick", async () => [found("ok", "done")])];

    assert.deepEqual(await diagnose({}, { checks, checkLimitMs: 10 }), [
      "problem slow: gave up after 0.01 s without a result",
      "ok quick: done",
    ]);
  });

  test("that meet what a file system may say do not end the others; a bug ends all", async () => {
    const ioError = Object.assign(new Error("EIO: i/o error, scandir '/h'"), { code: "EIO", syscall: "scandir" });
    const failing = checkOf("files", () => Promise.reject(ioError));
    const buggy = checkOf("buggy", () => Promise.reject(new TypeError("not a function")));

    assert.deepEqual(await diagnose({}, { checks: [failing] }), [
      "problem files: not checked: EIO: i/o error, scandir '/h'",
    ]);
    await assert.rejects(diagnose({}, { checks: [failing, buggy] }), TypeError);
  });

  test("have a command to run where an error's hint begins with one", async () => {
    const hints = ['run "sudo systemctl start docker"', 'run "kill 7", then start it anew', "look at it"];
    const checks = hints.map((hint, index) =>
      checkOf(`c${index}`, () => Promise.reject(new CiloError("CILO_DISK_FULL", `no ${index}`, { hint }))),
    );

    const findings = await runChecks(contextOf({}), { version: "1", machine: makeMachine(), checks });

    assert.deepEqual(
      findings.map(({ hint, command }) => [hint, command]),
      [
        [null, "sudo systemctl start docker"],
        ['run "kill 7", then start it anew', "kill 7"],
        ["look at it", null],
      ],
    );
  });

  for (const [version, refuses] of [
    ["2.29.7", false],
    ["2.30.0", true],
    ["2.30.2", true],
    ["2.30.3", false],
    ["2.30.10", false],
  ] as const) {
    test(`${refuses ? "warn of" : "are content with"} Docker Compose ${version}`, async () => {
      const lines = await diagnose({ engine: { composeVersion: async () => version } });

      const warning = `warning compose: Docker Compose ${version} refuses some projects with YAML aliases: "cycle detected"`;
      assert.ok(lines.includes(refuses ? warning : `ok compose: Docker Compose ${version}`));
    });
  }

  test("list what no environment accounts for, and not what one was created for meanwhile", async () => {
    const green = makeEnvironment({ name: "green" });
    const later = { ...makeState([makeEnvironment(), green]), revision: state.revision + 1 };
    const labels = (id: string) => ({
      "cilo.installation": state.installation,
      "cilo.id": id,
      "cilo.project": "shop",
      "cilo.environment": "gone",
    });
    const volumes = [
      { name: "green_data", labels: labels(green.id) },
      { name: "gone_data", labels: labels("id-gone") },
    ];
    let wasListed = false;

    const findings = await examine(
      {
        read: async () => (wasListed ? later : state),
        engine: {
          async listVolumes() {
            wasListed = true;
            return volumes;
          },
        },
      },
      { findDifferences: async (context) => diff(await observe(context)) },
    );

    assert.deepEqual(toLines(findings.filter(({ check }) => check === "orphans")), [
      "warning, fixable: volume gone_data: left of shop/gone, which is no more; its data go with it -> cilo doctor --fix",
    ]);
  });
});
