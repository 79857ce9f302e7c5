import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Clock } from "../../src/base/clock.ts";
import { identityOf, identityOfSelf } from "../../src/base/process-identity.ts";
import { acquireLock, type LockHolder } from "../../src/state/lock.ts";
import { startProgram } from "./child-process.ts";
import { createTemporaryFolder } from "./temporary-home.ts";

const lockIt = { purpose: "test", timeoutMs: 10_000 };

test("a lock is free again after its release, and releasing twice does no harm", async (t) => {
  const path = join(await createTemporaryFolder(t), "locks", "a.lock");

  const first = await acquireLock(path, lockIt);
  await first.release();
  await first.release();
  const second = await acquireLock(path, { ...lockIt, timeoutMs: 0 });

  assert.equal(await second.isStillOurs(), true);
  assert.equal(await first.isStillOurs(), false);
  await second.release();
  assert.deepEqual(await readdir(join(path, "..")), []);
});

test("two acquisitions in one process exclude each other", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  let inside = 0;
  let most = 0;

  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const lock = await acquireLock(path, lockIt);
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
      await lock.release();
    }),
  );

  assert.equal(most, 1);
});

test("the holder's pid, purpose and time are told to who does not wait", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const holder = startProgram(t, "lock-holder.ts", [path, "up shop/login"]);
  await holder.nextLine();

  await assert.rejects(acquireLock(path, { ...lockIt, timeoutMs: 0 }), {
    code: "CILO_LOCKED",
    exitCode: 4,
    message: new RegExp(`pid ${holder.pid} holds it since 20.* for "up shop/login"`),
    hint: new RegExp(`ps -p ${holder.pid}`),
  });
});

test("who waits is told once for whom, and gets the lock when it is released", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const holder = startProgram(t, "lock-holder.ts", [path, "up shop/login"]);
  await holder.nextLine();
  const told: LockHolder[] = [];

  const lock = await acquireLock(path, {
    ...lockIt,
    onWait: (other) => {
      told.push(other);
      holder.goOn();
    },
  });

  assert.deepEqual(
    told.map(({ pid, purpose }) => ({ pid, purpose })),
    [{ pid: holder.pid, purpose: "up shop/login" }],
  );
  await lock.release();
});

test("the lock of a killed process is taken at once and nothing of it stays behind", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const holder = startProgram(t, "lock-holder.ts", [path, "die"]);
  await holder.nextLine();
  holder.kill("SIGKILL");
  await holder.ended;

  const lock = await acquireLock(path, { ...lockIt, timeoutMs: 0 });

  await lock.release();
  assert.deepEqual(await readdir(join(path, "..")), []);
});

test("a process that is told to end gives its lock up itself", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const holder = startProgram(t, "lock-holder.ts", [path, "end"]);
  await holder.nextLine();

  holder.kill("SIGTERM");

  assert.equal(await holder.ended, "SIGTERM");
  assert.deepEqual(await readdir(join(path, "..")), []);
});

test("a suspended holder is never robbed, however long it is waited for, and named with the way out", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const holder = startProgram(t, "lock-holder.ts", [path, "sleep"]);
  await holder.nextLine();
  holder.kill("SIGSTOP");

  await assert.rejects(acquireLock(path, { ...lockIt, timeoutMs: 3_600_000, clock: leapingClock(600_000) }), {
    code: "CILO_LOCKED",
    message: new RegExp(`within 3600 s: pid ${holder.pid}, which is suspended, holds it`),
    hint: new RegExp(
      `^run "kill -CONT -- -\\d+" to let it go on, or "kill ${holder.pid}; kill -CONT ${holder.pid}" to end it`,
    ),
  });
  holder.kill("SIGCONT");
  holder.goOn();

  assert.equal(await holder.nextLine(), "released");
  const lock = await acquireLock(path, lockIt);
  await lock.release();
});

test("a holder that stays suspended is waited for only so long where a running one is waited for without limit", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const holder = startProgram(t, "lock-holder.ts", [path, "up shop/login"]);
  await holder.nextLine();
  holder.kill("SIGSTOP");
  const told: boolean[] = [];

  await assert.rejects(
    acquireLock(path, {
      purpose: "wait",
      timeoutMs: Number.POSITIVE_INFINITY,
      suspendedTimeoutMs: 30_000,
      clock: leapingClock(10_000),
      onWait: ({ suspended }) => told.push(suspended),
    }),
    { code: "CILO_LOCKED", message: new RegExp(`within 30 s: pid ${holder.pid}, which is suspended, holds it`) },
  );

  assert.deepEqual(told, [true]);
});

test("who waits is told when the holder is suspended and when it goes on", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const holder = startProgram(t, "lock-holder.ts", [path, "up shop/login"]);
  await holder.nextLine();
  const told: boolean[] = [];

  const lock = await acquireLock(path, {
    purpose: "wait",
    timeoutMs: Number.POSITIVE_INFINITY,
    suspendedTimeoutMs: 3_600_000,
    clock: leapingClock(1_000),
    onWait: ({ suspended }) => {
      told.push(suspended);
      if (told.length === 1) holder.kill("SIGSTOP");
      if (told.length === 2) holder.kill("SIGCONT");
      if (told.length === 3) holder.goOn();
    },
  });

  assert.deepEqual(told, [false, true, false]);
  await lock.release();
});

test("a holder that is suspended now and then is not given up", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const holder = startProgram(t, "lock-holder.ts", [path, "up shop/login"]);
  await holder.nextLine();
  let suspensions = 0;

  const lock = await acquireLock(path, {
    purpose: "wait",
    timeoutMs: Number.POSITIVE_INFINITY,
    suspendedTimeoutMs: 30_000,
    clock: leapingClock(4_000),
    onWait: ({ suspended }) => {
      if (!suspended && suspensions === 5) return holder.goOn();
      if (!suspended) suspensions += 1;
      holder.kill(suspended ? "SIGCONT" : "SIGSTOP");
    },
  });

  assert.equal(suspensions, 5);
  await lock.release();
});

test("wall clocks that jump or differ decide nothing", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const at = (date: string): Clock => ({ now: () => new Date(date), monotonicMs: () => 0 });
  const held = await acquireLock(path, { ...lockIt, clock: at("2001-01-01") });

  await assert.rejects(acquireLock(path, { ...lockIt, timeoutMs: 0, clock: at("2099-01-01") }), {
    code: "CILO_LOCKED",
    message: /since 2001-01-01T/,
  });
  assert.equal(await held.isStillOurs(), true);
  await held.release();
  await writeLock(path, { ...(await identityOfSelf()), startTime: "1" }, "2099-01-01T00:00:00.000Z");
  const next = await acquireLock(path, { ...lockIt, timeoutMs: 0, clock: at("2001-01-01") });

  assert.equal(await next.isStillOurs(), true);
  await next.release();
});

test("a later process with the dead holder's pid does not keep the lock", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  await writeLock(path, { ...(await identityOfSelf()), startTime: "1" });

  const lock = await acquireLock(path, { ...lockIt, timeoutMs: 0 });

  await lock.release();
});

test("a lock from before the machine was started again is free", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  await writeLock(path, { ...(await identityOfSelf()), bootId: "another boot" });

  const lock = await acquireLock(path, { ...lockIt, timeoutMs: 0 });

  await lock.release();
});

for (const [name, ownerText] of [
  ["empty", ""],
  ["cut off", '{"pid": 1'],
  ["without fields", "{}"],
]) {
  test(`a lock whose record is ${name}, as after a power cut, is free`, async (t) => {
    const path = join(await createTemporaryFolder(t), "a.lock");
    await mkdir(path);
    await writeFile(join(path, "owner.json"), ownerText ?? "");

    const lock = await acquireLock(path, { ...lockIt, timeoutMs: 0 });

    await lock.release();
  });
}

test("a lock that is an empty directory, as after a power cut, is free", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  await mkdir(path);

  const lock = await acquireLock(path, { ...lockIt, timeoutMs: 0 });

  await lock.release();
});

test("a breaker that died while breaking is broken itself", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const dead = { ...(await identityOfSelf()), startTime: "1" };
  await writeLock(path, dead);
  await writeLock(`${path}.break`, dead);
  await writeLock(`${path}.break.break`, dead);

  const lock = await acquireLock(path, { ...lockIt, timeoutMs: 0 });

  await lock.release();
  assert.deepEqual(await readdir(join(path, "..")), []);
});

test("a living breaker is waited for, and named", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  await writeLock(path, { ...(await identityOfSelf()), startTime: "1" });
  const breaker = startProgram(t, "lock-holder.ts", [`${path}.break`, "break a lock"]);
  await breaker.nextLine();

  await assert.rejects(acquireLock(path, { ...lockIt, timeoutMs: 0 }), {
    code: "CILO_LOCKED",
    message: new RegExp(`pid ${breaker.pid} .* for "break a lock"`),
  });
});

test("what killed processes left beside a lock is removed, what living ones are making is not", async (t) => {
  const folder = await createTemporaryFolder(t);
  const path = join(folder, "a.lock");
  const { pid: deadPid } = spawnSync(process.execPath, ["-e", ""]);
  await mkdir(`${path}.${deadPid}.0123456789ab.tmp`);
  await mkdir(`${path}.break.${deadPid}.0123456789ab.tmp`);
  await writeLock(`${path}.${process.pid}.0123456789ab.tmp`, { ...(await identityOfSelf()), startTime: "1" });
  await mkdir(`${path}.${process.pid}.ba9876543210.tmp`);
  await mkdir(join(folder, `b.lock.${deadPid}.0123456789ab.tmp`));

  const lock = await acquireLock(path, lockIt);
  await lock.release();

  assert.deepEqual((await readdir(folder)).sort(), [
    `a.lock.${process.pid}.ba9876543210.tmp`,
    `b.lock.${deadPid}.0123456789ab.tmp`,
  ]);
});

for (const [name, make] of [
  ["a directory", (path: string) => mkdir(join(path, "diary"), { recursive: true })],
  ["a file", (path: string) => writeFile(path, "")],
] as const) {
  test(`${name} in the lock's place that is no lock is told even to who would wait for ever, and not touched`, async (t) => {
    const folder = await createTemporaryFolder(t);
    const path = join(folder, "a.lock");
    await make(path);
    const before = await readdir(folder, { recursive: true });

    const waiting = acquireLock(path, {
      purpose: "wait",
      timeoutMs: Number.POSITIVE_INFINITY,
      clock: leapingClock(600),
    });

    await assert.rejects(waiting, {
      code: "CILO_LOCKED",
      message: `cannot lock ${path}: something that is not a lock is there`,
      hint: /move it away/,
    });
    assert.deepEqual(await readdir(folder, { recursive: true }), before);
  });
}

test("an owner's record that cannot be read is told at once, with its path", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  await mkdir(join(path, "owner.json"), { recursive: true });

  await assert.rejects(acquireLock(path, lockIt), {
    code: "CILO_HOME_NOT_WRITABLE",
    message: /^cannot lock .*a\.lock/,
  });
});

test("a hundred who wait all get their turn", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const holder = startProgram(t, "lock-holder.ts", [path, "make them wait"]);
  await holder.nextLine();
  let waiting = 0;

  const turns = Array.from({ length: 100 }, async () => {
    const lock = await acquireLock(path, {
      ...lockIt,
      timeoutMs: 60_000,
      onWait: ({ pid }) => {
        if (pid === holder.pid) waiting += 1;
        if (waiting === 100) holder.goOn();
      },
    });
    await lock.release();
  });

  await Promise.all(turns);
});

test("who holds a lock that is removed by hand learns it and does not remove the next one's", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const lock = await acquireLock(path, lockIt);
  const next = await identityOf(process.ppid);
  assert.ok(next);

  await writeLock(path, next);

  assert.equal(await lock.isStillOurs(), false);
  await lock.release();
  assert.deepEqual(await readdir(path), ["owner.json"]);
});

test("waiting ends with the signal's reason", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const lock = await acquireLock(path, lockIt);
  const controller = new AbortController();
  const reason = new Error("Ctrl-C");

  const waiting = acquireLock(path, {
    purpose: "wait",
    timeoutMs: Number.POSITIVE_INFINITY,
    signal: controller.signal,
    onWait: () => controller.abort(reason),
  });

  await assert.rejects(waiting, reason);
  await lock.release();
});

test("a held lock does not keep the process alive", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const program = `import { acquireLock } from ${JSON.stringify(new URL("../../src/state/lock.ts", import.meta.url).href)};
    await acquireLock(${JSON.stringify(path)}, { purpose: "leave", timeoutMs: 0 });`;

  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 30_000 });

  assert.equal(status, 0);
  assert.deepEqual(await readdir(join(path, "..")), []);
});

test("of many that find a dead process's lock at once, each gets it and none loses it to another", async (t) => {
  const path = join(await createTemporaryFolder(t), "a.lock");
  const dead = { ...(await identityOfSelf()), startTime: "1" };
  const inside: boolean[] = [];

  for (let round = 0; round < 10; round += 1) {
    await writeLock(path, dead);
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const lock = await acquireLock(path, lockIt);
        await new Promise(setImmediate);
        inside.push(await lock.isStillOurs());
        await lock.release();
      }),
    );
  }

  assert.deepEqual(inside, Array(100).fill(true));
});

test("processes that die inside, and others that break their locks, are never inside together", async (t) => {
  const folder = await createTemporaryFolder(t);
  const path = join(folder, "locks", "a.lock");
  await writeLock(path, { ...(await identityOfSelf()), startTime: "1" });
  const rounds: string[] = [];

  for (let generation = 0; generation < 3; generation += 1) {
    const contenders = Array.from({ length: 8 }, () =>
      startProgram(t, "lock-contender.ts", [path, join(folder, "presence"), "12", "0.1"]),
    );
    rounds.push(...(await Promise.all(contenders.map((contender) => contender.remainingLines()))).flat());
    await Promise.all(contenders.map((contender) => contender.ended));
  }

  assert.ok(rounds.length >= 24, `${rounds.length} rounds`);
  assert.deepEqual([...new Set(rounds)], ["alone"]);
  const last = await acquireLock(path, lockIt);
  await last.release();
  assert.deepEqual(await readdir(join(folder, "locks")), []);
});

/** A clock that goes on by `stepMs` each time it is looked at. */
function leapingClock(stepMs: number): Clock {
  let nowMs = 0;
  return {
    now: () => new Date(),
    monotonicMs: () => {
      nowMs += stepMs;
      return nowMs;
    },
  };
}

/** Makes a lock as a process would, over any that is there. */
async function writeLock(
  path: string,
  owner: { pid: number; startTime: string; bootId: string },
  since = "2026-11-02T08:30:00.000Z",
): Promise<void> {
  await mkdir(path, { recursive: true });
  const record = { ...owner, token: "t", purpose: "test", since };
  await writeFile(join(path, "owner.json"), JSON.stringify(record));
}
