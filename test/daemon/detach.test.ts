import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { resolvePaths } from "../../src/base/paths.ts";
import { identityOf } from "../../src/base/process-identity.ts";
import { waitFor } from "../../src/base/wait.ts";
import type { ControlClient } from "../../src/control/client.ts";
import { type DetachOptions, startDetached } from "../../src/daemon/detach.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "cilo-detach-"));
});
afterEach(() => rm(home, { recursive: true }));

/** A client to whom the daemons with these pids answer, one after the other. */
function answering(look: () => Promise<number | null> | number | null): ControlClient {
  return {
    async send() {
      const pid = await look();
      return pid === null ? null : ({ pid } as never);
    },
    follow: () => assert.fail("nobody asks for logs"),
  };
}

/** Starts a script in the daemon's place. */
function detach(script: string, options: Partial<DetachOptions> = {}) {
  return startDetached({
    paths: resolvePaths({ CILO_HOME: home }),
    command: [process.execPath, "--eval", script],
    env: process.env,
    control: answering(() => null),
    signal: new AbortController().signal,
    ...options,
  });
}

/** Runs on and says its pid in a file; `before` comes first. */
function waiting(before = ""): string {
  const file = JSON.stringify(join(home, "pid"));
  return `${before}; require("node:fs").writeFileSync(${file}, String(process.pid)); setInterval(() => {}, 1000)`;
}

async function readPid(): Promise<number | null> {
  const text = await readFile(join(home, "pid"), "utf8").catch(() => "");
  return text === "" ? null : Number(text);
}

async function pidOfChild(): Promise<number> {
  const pid = await waitFor(readPid, { timeoutMs: 10_000 });
  assert.ok(pid);
  return pid;
}

describe("starting the daemon behind the terminal", () => {
  test("returns once the process that was started answers, and leaves it running", async () => {
    const status = await detach(waiting(), { control: answering(readPid) });

    assert.equal(status.pid, await readPid());
    assert.notEqual(await identityOf(status.pid), null);
    process.kill(status.pid, "SIGKILL");
  });

  test("refuses while a daemon runs", async () => {
    await assert.rejects(detach(waiting(), { control: answering(() => 4711) }), {
      code: "CILO_DAEMON_RUNNING",
      message: /\(pid 4711\)$/,
      details: { pid: 4711 },
    });
  });

  test("ends what it started when it is interrupted", async () => {
    const interrupt = new AbortController();
    const started = detach(waiting(), { signal: interrupt.signal });
    started.catch(() => {});
    const pid = await pidOfChild();

    interrupt.abort();

    await assert.rejects(started, { name: "AbortError" });
    assert.equal(await identityOf(pid), null);
  });

  test("ends what does not answer in time, and what of it answers SIGTERM with nothing", async () => {
    const deaf = 'process.on("SIGTERM", () => {})';

    for (const script of [waiting(), waiting(deaf)]) {
      await rm(join(home, "pid"), { force: true });
      await assert.rejects(detach(script, { timeoutMs: 1_500 }), {
        code: "CILO_LISTEN_FAILED",
        message: "the daemon did not answer within 1.5 s",
      });

      assert.equal(await identityOf(await pidOfChild()), null);
    }
  });

  const obstacles: [string, () => Promise<unknown>][] = [
    ["a file is where its folder goes", () => writeFile(join(home, "logs"), "")],
    ["a folder is where it goes", () => mkdir(join(home, "logs/daemon.log"), { recursive: true })],
  ];
  for (const [what, put] of obstacles) {
    test(`tells that the log cannot be written when ${what}`, async () => {
      await put();

      await assert.rejects(detach(waiting()), {
        code: "CILO_HOME_NOT_WRITABLE",
        message: /^cannot open the log .*daemon\.log: /,
        hint: /^run "ls -ld /,
      });
    });
  }

  test("tells what the daemon said last, however long the log was before", async () => {
    await mkdir(join(home, "logs"));
    await writeFile(join(home, "logs/daemon.log"), "");
    // More than can be read at once; nothing of it takes room on the disk.
    await truncate(join(home, "logs/daemon.log"), 5 * 1024 ** 3);
    const script = `process.stderr.write("cilo: taken [CILO_PORT_IN_USE]\\nhint: go\\n"); process.exitCode = 3`;

    await assert.rejects(detach(script), { code: "CILO_PORT_IN_USE", message: "taken", hint: "go" });
  });

  test("tells what the daemon said last, when that is an error of cilo's", async () => {
    const log = join(home, "logs/daemon.log");
    const says = (text: string) => `process.stderr.write(${JSON.stringify(text)}); process.exitCode = 3`;

    await assert.rejects(detach(says('{"msg":"cilo: x"}\ncilo: the port is\ntaken [CILO_PORT_IN_USE]\nhint: go\n')), {
      code: "CILO_PORT_IN_USE",
      message: "the port is\ntaken",
      hint: "go",
    });
    for (const text of ["cilo: gotcha [CILO_EVIL]\nhint: rm\n", "cilo: gotcha [CILO_]\n", "Segmentation fault\n"]) {
      await assert.rejects(detach(says(text)), {
        code: "CILO_LISTEN_FAILED",
        message: "the daemon ended at once",
        hint: `read ${log}`,
      });
    }
  });
});
