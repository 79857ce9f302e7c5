import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../src/base/wait.ts";

const forwarder = ["--import", "tsx", fileURLToPath(new URL("signal-forwarder.ts", import.meta.url))];
/** Says who started it and which signals it gets; ends at SIGTERM, and when who started it is gone. */
const counter =
  "trap 'echo INT' INT; trap 'echo HUP' HUP; trap 'echo TERM; exit 7' TERM; echo $PPID ready; while kill -0 $PPID 2>/dev/null; do sleep 0.05; done";

interface Started {
  said(): string;
  type(keys: string): void;
  /** Waits until it has said this. */
  until(text: string): Promise<void>;
  /** The process that runs the script, once it is ready. */
  forwarderPid(): Promise<number>;
  ended: Promise<void>;
}

/** What is still there when the test ends is killed. */
function start(t: TestContext, file: string, args: readonly string[]): Started {
  // A session of its own has no terminal, so nothing in it is in the foreground of one.
  const child = spawn(file, args, { detached: true, stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  t.after(() => {
    const forwarderPid = Number(/(\d+) ready/.exec(said)?.[1]);
    if (child.exitCode === null && child.signalCode === null) process.kill(forwarderPid || (child.pid ?? 0), "SIGKILL");
  });
  async function until(text: string): Promise<void> {
    const seen = await waitFor(() => (said.includes(text) ? true : null), { timeoutMs: 20_000 });
    assert.ok(seen, `waited for ${JSON.stringify(text)} in ${JSON.stringify(said)}`);
  }
  return {
    said: () => said.replaceAll("\r", "").replace(/^\d+ ready\n/, ""),
    type: (keys) => child.stdin.write(keys),
    until,
    async forwarderPid() {
      await until("ready");
      return Number.parseInt(said, 10);
    },
    ended: new Promise((resolve) => child.once("close", () => resolve())),
  };
}

test("hands SIGHUP, SIGINT and SIGTERM on to the child, each once", async (t) => {
  const { forwarderPid, said, until, ended } = start(t, process.execPath, [...forwarder, counter]);
  const pid = await forwarderPid();

  process.kill(pid, "SIGHUP");
  await until("HUP");
  process.kill(pid, "SIGINT");
  await until("INT");
  process.kill(pid, "SIGTERM");
  await ended;

  assert.equal(said(), "HUP\nINT\nTERM\nended with 7\n");
});

test("leaves Ctrl-C to the terminal, which gives it to the child as well", async (t) => {
  if (process.platform !== "linux") return t.skip("script(1) takes other arguments here");
  const command = [process.execPath, ...forwarder, counter].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const { forwarderPid, said, type, until, ended } = start(t, "script", [
    "--quiet",
    "--command",
    `stty -echo; exec ${command.join(" ")}`,
    "/dev/null",
  ]);
  const pid = await forwarderPid();

  type("\u0003");
  await until("INT");
  process.kill(pid, "SIGTERM");
  await ended;

  assert.equal(said(), "INT\nTERM\nended with 7\n");
});

test("the child has the terminal, as large as it is", async (t) => {
  if (process.platform !== "linux") return t.skip("script(1) takes other arguments here");
  const program = "stty size; tty -s && echo $PPID ready; exec sleep 60";
  const command = [process.execPath, ...forwarder, program].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const line = `stty rows 33 cols 77; exec ${command.join(" ")}`;
  const { said, until, ended, type } = start(t, "script", ["--quiet", "--command", line, "/dev/null"]);
  await until("ready");

  type("\u0003");
  await ended;

  assert.match(said(), /^33 77\n\d+ ready\n/);
});

for (const [behaviour, harm, expected] of [
  ["is not handed on to a child that a second one harms; the next is", "once", ["seen", "seen", "INT"]],
  ["is handed on to a child that a second one does no harm", "repeat", ["seen", "INT", "seen", "INT"]],
] as const) {
  test(`an interrupt in the foreground that may have been Ctrl-C ${behaviour}`, async (t) => {
    if (process.platform !== "linux") return t.skip("script(1) takes other arguments here");
    const command = [process.execPath, ...forwarder, counter, harm].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const line = `stty -echo; exec ${command.join(" ")}`;
    const { forwarderPid, said, until, ended } = start(t, "script", ["--quiet", "--command", line, "/dev/null"]);
    const pid = await forwarderPid();

    process.kill(pid, "SIGINT");
    await until(harm === "repeat" ? "INT" : "seen");
    process.kill(pid, "SIGINT");
    await until(harm === "repeat" ? "INT\r\nseen\r\nINT" : "INT");
    process.kill(pid, "SIGTERM");
    await ended;

    assert.deepEqual(said().trim().split("\n"), [...expected, "TERM", "ended with 7"]);
  });
}

test("says which signal ended a child that does not catch it", async (t) => {
  const { forwarderPid, said, ended } = start(t, process.execPath, [...forwarder, "echo $PPID ready; exec sleep 60"]);
  const pid = await forwarderPid();

  process.kill(pid, "SIGTERM");
  await ended;

  assert.equal(said(), "ended with SIGTERM\n");
});
