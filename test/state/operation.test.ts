import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Paths } from "../../src/base/paths.ts";
import { identityOf, identityOfSelf } from "../../src/base/process-identity.ts";
import { waitFor } from "../../src/base/wait.ts";
import type { Operation } from "../../src/model/environment.ts";
import { beginOperation, type OperationOptions } from "../../src/state/operation.ts";
import { createStateStore, type StateStore } from "../../src/state/store.ts";
import { startProgram } from "./child-process.ts";
import { addEnvironment, createTemporaryHome } from "./temporary-home.ts";

interface Home {
  paths: Paths;
  store: StateStore;
  /** What beginOperation takes for the one environment there is. */
  options: OperationOptions;
}

async function createHomeWithEnvironment(t: TestContext): Promise<Home> {
  const paths = await createTemporaryHome(t);
  const store = createStateStore({ paths });
  await store.update((draft) => {
    addEnvironment(draft, { id: "e1", name: "login" });
  });
  return { paths, store, options: { store, paths, environmentId: "e1", kind: "up", noWait: true } };
}

async function journalOf(store: StateStore): Promise<Operation | null | undefined> {
  const { hosts } = await store.read();
  return hosts.local.environments["shop/login"]?.operation;
}

async function isGone(pid: number): Promise<boolean> {
  const gone = await waitFor(async () => ((await identityOf(pid)) === null ? true : null), { timeoutMs: 5_000 });
  return gone === true;
}

test("keeps a journal while it runs and clears it with the last change", async (t) => {
  const { store, options, paths } = await createHomeWithEnvironment(t);
  const self = await identityOfSelf();

  const operation = await beginOperation({ ...options, clock: { now: () => new Date(0), monotonicMs: () => 0 } });
  const begun = { kind: "up", ...self, child: null, step: "begin", startedAt: "1970-01-01T00:00:00.000Z" };
  assert.equal(operation.interrupted, null);
  assert.deepEqual(await journalOf(store), begun);
  await operation.step("compose up");
  await operation.recordChild(process.pid);
  assert.deepEqual(await journalOf(store), { ...begun, step: "compose up", child: self });
  await operation.step("settle");
  assert.deepEqual(await journalOf(store), { ...begun, step: "settle" });
  const state = await operation.finish((environment) => {
    environment.status = "running";
  });

  assert.equal(state.hosts.local.environments["shop/login"]?.status, "running");
  assert.deepEqual(await store.read(), state);
  assert.equal(await journalOf(store), null);
  assert.deepEqual(await readdir(paths.locks), []);
});

test("a creation that did not end stays one until the operation that found it takes its first step", async (t) => {
  const { store, options } = await createHomeWithEnvironment(t);
  const creation = { kind: "create", ...(await identityOfSelf()), startTime: "1", child: null, step: "copy" } as const;
  await store.update(({ hosts }) => {
    const environment = hosts.local.environments["shop/login"];
    assert.ok(environment);
    environment.operation = { ...creation, startedAt: "2026-11-02T08:30:00.000Z" };
  });

  const operation = await beginOperation(options);
  const begun = await journalOf(store);
  await operation.step("prepare");
  const noted = await journalOf(store);

  assert.equal(operation.interrupted?.kind, "create");
  assert.deepEqual([begun?.kind, begun?.step, begun?.pid], ["create", "copy", process.pid]);
  assert.deepEqual([noted?.kind, noted?.step], ["up", "prepare"]);
  await operation.release();
});

test("a child that has ended already is not recorded", async (t) => {
  const { store, options } = await createHomeWithEnvironment(t);
  const operation = await beginOperation(options);

  await operation.recordChild(2 ** 22 + 1);

  assert.equal((await journalOf(store))?.child, null);
  await operation.release();
});

test("the last change may remove the environment", async (t) => {
  const { store, options } = await createHomeWithEnvironment(t);
  const operation = await beginOperation({ ...options, kind: "destroy" });

  await operation.finish((_environment, draft) => {
    delete draft.hosts.local.environments["shop/login"];
  });

  assert.deepEqual((await store.read()).hosts.local.environments, {});
  await operation.release();
});

test("an unknown environment is not found, and no lock is made for it", async (t) => {
  const { paths, options } = await createHomeWithEnvironment(t);

  await assert.rejects(beginOperation({ ...options, environmentId: "e2" }), {
    code: "CILO_ENVIRONMENT_NOT_FOUND",
    exitCode: 2,
  });

  assert.deepEqual(await readdir(paths.locks), []);
});

test("without waiting, an operation under way is told with its pid and purpose", async (t) => {
  const { paths, options } = await createHomeWithEnvironment(t);
  const other = startProgram(t, "operation-runner.ts", [paths.home, "e1"]);
  await other.nextLine();

  await assert.rejects(beginOperation({ ...options, kind: "down" }), {
    code: "CILO_OPERATION_IN_PROGRESS",
    exitCode: 4,
    message: new RegExp(`^cannot down shop/login now: .* pid ${other.pid} holds it since .* for "up shop/login"`),
    hint: /--no-wait/,
  });
});

test("otherwise it is waited for, and nothing of it is left to recover", async (t) => {
  const { paths, options } = await createHomeWithEnvironment(t);
  const other = startProgram(t, "operation-runner.ts", [paths.home, "e1"]);
  await other.nextLine();
  const told: string[] = [];

  const operation = await beginOperation({
    ...options,
    noWait: false,
    onWait: ({ pid, purpose }) => {
      told.push(`${pid} ${purpose}`);
      other.goOn();
    },
  });

  assert.deepEqual(told, [`${other.pid} up shop/login`]);
  assert.equal(operation.interrupted, null);
  await operation.release();
});

test("operations on different environments do not wait for each other", async (t) => {
  const { store, options } = await createHomeWithEnvironment(t);
  await store.update((draft) => {
    addEnvironment(draft, { id: "e2" });
  });

  const first = await beginOperation(options);
  const second = await beginOperation({ ...options, environmentId: "e2" });

  await first.release();
  await second.release();
});

test("an environment that is removed while it is waited for is not found", async (t) => {
  const { store, options, paths } = await createHomeWithEnvironment(t);
  const destroy = await beginOperation({ ...options, kind: "destroy" });

  const late = beginOperation({
    ...options,
    noWait: false,
    onWait: () => {
      void destroy.finish((_environment, draft) => {
        delete draft.hosts.local.environments["shop/login"];
      });
    },
  });

  await assert.rejects(late, { code: "CILO_ENVIRONMENT_NOT_FOUND" });
  assert.deepEqual((await store.read()).hosts.local.environments, {});
  assert.deepEqual(await readdir(paths.locks), []);
});

for (const [what, program, leadsGroup] of [
  ["the child", "echo ready; exec sleep 600", "false"],
  ["the suspended child", "echo ready; kill -STOP $$; exec sleep 600", "false"],
  ["the child with its whole process group", "sleep 600 & echo $!; wait", "true"],
] as const) {
  test(`${what} of a killed process is ended before the next operation begins`, async (t) => {
    const { paths, options, store } = await createHomeWithEnvironment(t);
    const crashed = startProgram(t, "operation-runner.ts", [paths.home, "e1", program, leadsGroup]);
    const pids = (await crashed.nextLine()).split(" ").map(Number).filter(Number.isInteger);
    t.after(() => killAll(pids));
    crashed.kill("SIGKILL");
    await crashed.ended;
    const journal = await journalOf(store);
    const recovered: Operation[] = [];

    const operation = await beginOperation({ ...options, onRecover: (interrupted) => recovered.push(interrupted) });

    assert.equal(journal?.step, "compose up");
    assert.equal(journal?.child?.pid, pids[0]);
    assert.deepEqual(operation.interrupted, journal);
    assert.deepEqual(recovered, [journal]);
    for (const pid of pids) assert.equal(await identityOf(pid), null, `${pid} of ${pids}`);
    assert.equal((await journalOf(store))?.child, null);
    await operation.release();
  });
}

test("a process that only has the pid of a recorded child is left alone", async (t) => {
  const { store, options } = await createHomeWithEnvironment(t);
  const bystander = startProgram(t, "lock-holder.ts", [join(options.paths.home, "bystander.lock"), "live"]);
  await bystander.nextLine();
  const identity = await identityOf(bystander.pid);
  assert.ok(identity);
  const dead = { ...(await identityOfSelf()), startTime: "1" };
  await store.update(({ hosts }) => {
    const environment = hosts.local.environments["shop/login"];
    assert.ok(environment);
    const child = { ...identity, startTime: "1" };
    environment.operation = { kind: "up", ...dead, child, step: "x", startedAt: "2026-11-02T08:30:00.000Z" };
  });

  const operation = await beginOperation(options);

  assert.deepEqual(await identityOf(bystander.pid), identity);
  await operation.release();
});

test("giving up clears the journal, and does nothing after the end", async (t) => {
  const { store, options } = await createHomeWithEnvironment(t);
  const operation = await beginOperation(options);

  await operation.release();
  const next = await beginOperation(options);
  await operation.release();

  assert.equal(next.interrupted, null);
  assert.equal((await journalOf(store))?.pid, process.pid);
  await next.release();
});

test("giving up goes on without a state file that can be written, and the journal stays for the next operation", async (t) => {
  const { paths, store, options } = await createHomeWithEnvironment(t);
  const operation = await beginOperation(options);
  const good = await readFile(paths.stateFile);
  await writeFile(paths.stateFile, "{");

  await operation.release();

  await writeFile(paths.stateFile, good);
  const next = await beginOperation(options);
  assert.equal(next.interrupted?.kind, "up");
  await next.release();
  assert.equal(await journalOf(store), null);
});

test("a last change that throws lets the next operation begin, which finds the journal", async (t) => {
  const { options } = await createHomeWithEnvironment(t);
  const operation = await beginOperation(options);

  const finish = operation.finish(() => {
    throw new Error("no");
  });

  await assert.rejects(finish, { message: "no" });
  const next = await beginOperation(options);
  assert.equal(next.interrupted?.step, "begin");
  await next.release();
});

test("an operation whose lock is removed by hand does not write over the next one's journal", async (t) => {
  const { paths, options, store } = await createHomeWithEnvironment(t);
  const robbed = await beginOperation(options);
  await rm(paths.locks, { recursive: true });
  await mkdir(paths.locks);
  const other = startProgram(t, "operation-runner.ts", [paths.home, "e1"]);
  await other.nextLine();

  await assert.rejects(robbed.step("containers"), { code: "CILO_OPERATION_IN_PROGRESS" });
  const change = robbed.update((environment) => {
    environment.status = "destroying";
  });
  await assert.rejects(change, { code: "CILO_OPERATION_IN_PROGRESS" });
  await robbed.release();

  assert.equal((await journalOf(store))?.pid, other.pid);
});

test("waiting for another operation ends with the signal's reason", async (t) => {
  const { options } = await createHomeWithEnvironment(t);
  const operation = await beginOperation(options);
  const controller = new AbortController();
  const reason = new Error("Ctrl-C");

  const waiting = beginOperation({
    ...options,
    noWait: false,
    signal: controller.signal,
    onWait: () => controller.abort(reason),
  });

  await assert.rejects(waiting, reason);
  await operation.release();
});

/** Ends what a test started in processes of its own. */
async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    if ((await identityOf(pid)) === null) continue;
    process.kill(pid, "SIGKILL");
    await isGone(pid);
  }
}
