import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { waitFor } from "../../../src/base/wait.ts";
import type { Terminal } from "../../../src/cli/cli-context.ts";
import { confirm } from "../../../src/cli/render/confirm.ts";

interface FakeTerminal extends Terminal {
  stdin: PassThrough & { isTTY: boolean };
  shown(): string;
}

/** A terminal that gives each key to the program, as one in raw mode does. */
function createTerminal(isTTY = true): FakeTerminal {
  let shown = "";
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  stderr.on("data", (chunk) => {
    shown += chunk;
  });
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => stdin });
  return { stdin, stdout: stderr, stderr, shown: () => shown };
}

async function ask(terminal: FakeTerminal, keys: string, signal = new AbortController().signal): Promise<boolean> {
  const answer = confirm(terminal, { facts: ["This removes shop/blue:"], question: "Destroy it?", signal });
  await waitFor(() => (terminal.shown().includes("[y/N]") ? true : null), { timeoutMs: 5_000 });
  terminal.stdin.write(keys);
  return await answer;
}

describe("confirm", { timeout: 20_000 }, () => {
  const cases: [string, string, boolean][] = [
    ["y", "y\r", true],
    ["Yes", "Yes\r", true],
    ["no", "n\r", false],
    ["nothing", "\r", false],
    ["yesterday", "yesterday\r", false],
    ["Ctrl-D", "\u0004", false],
  ];
  for (const [what, keys, expected] of cases) {
    test(`takes ${what} for ${expected ? "yes" : "no"}`, async () => {
      assert.equal(await ask(createTerminal(), keys), expected);
    });
  }

  test("Ctrl-C is an interruption, not an answer", async () => {
    await assert.rejects(ask(createTerminal(), "\u0003"), { code: "CILO_INTERRUPTED" });
  });

  test("so is a signal, after which nobody waits for the answer", async () => {
    const interrupt = new AbortController();
    const terminal = createTerminal();

    const answer = ask(terminal, "", interrupt.signal);
    await waitFor(() => (terminal.shown().includes("[y/N]") ? true : null), { timeoutMs: 5_000 });
    interrupt.abort();

    await assert.rejects(answer, { code: "CILO_INTERRUPTED" });
  });

  test("without a terminal nobody can answer", async () => {
    const terminal = createTerminal(false);

    const answer = await ask(terminal, "y\n");

    assert.equal(answer, false);
    assert.equal(terminal.shown(), "This removes shop/blue:\nDestroy it? [y/N] \n");
  });
});
