import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../../src/base/wait.ts";
import { createLoopProber, type LoopProber } from "../../../src/dns/upstreams.ts";
import { formatName, toKeyFromWire, toNameKey } from "../../../src/dns/wire/name.ts";
import { startFakeForwarder, startFakeListener } from "./fake-forwarder.ts";

/** A listener that asks the prober about each name, as the server does; `names` are those it was asked for. */
async function listenFor(prober: () => LoopProber) {
  const names: { text: string; isOwn: boolean }[] = [];
  const listener = await startFakeListener((packet, end) => {
    const name = toKeyFromWire(packet, 12, end);
    names.push({ text: name, isOwn: prober().isOwnProbe(name) });
  });
  return { ...listener, names, [Symbol.dispose]: listener[Symbol.dispose] };
}

test("96: a server that asks us loops, and its question is known for ours", async () => {
  const prober = createLoopProber();
  using listener = await listenFor(() => prober);
  using forwarder = await startFakeForwarder({ upstream: listener.own });

  const verdict = await prober.probe(forwarder.upstream);

  assert.equal(verdict, "loops");
  assert.equal(listener.names.length, 1);
  assert.match(formatName(listener.names[0]?.text ?? ""), /^[0-9a-f]{16}\.cilo-loop\.home\.arpa$/);
  assert.equal(listener.names[0]?.isOwn, true);
});

test("96: a server that asks us through another one loops as well", async () => {
  const prober = createLoopProber();
  using listener = await listenFor(() => prober);
  using second = await startFakeForwarder({ upstream: listener.own });
  using first = await startFakeForwarder({ upstream: second.upstream });

  assert.equal(await prober.probe(first.upstream), "loops");
});

for (const { said, rcode, verdict } of [
  { said: "NOERROR", rcode: 0, verdict: "answers" },
  { said: "NXDOMAIN", rcode: 3, verdict: "answers" },
  { said: "SERVFAIL", rcode: 2, verdict: "silent" },
  { said: "REFUSED", rcode: 5, verdict: "silent" },
  { said: "nothing", rcode: null, verdict: "silent" },
]) {
  test(`96: a server that says ${said} by itself has the verdict "${verdict}"`, async () => {
    const prober = createLoopProber({ timeoutMs: 300 });
    using forwarder = await startFakeForwarder({ upstream: null, rcode });

    assert.equal(await prober.probe(forwarder.upstream), verdict);
  });
}

test("96: a server that answered by itself is not doubted for being silent later, until it loops", async () => {
  const prober = createLoopProber({ timeoutMs: 300 });
  using listener = await listenFor(() => prober);
  using forwarder = await startFakeForwarder({ upstream: null });
  const verdicts = [await prober.probe(forwarder.upstream)];

  forwarder.askNext({ address: "127.0.0.1", port: 9 });
  verdicts.push(await prober.probe(forwarder.upstream), await prober.probe(forwarder.upstream));
  forwarder.askNext(listener.own);
  verdicts.push(await prober.probe(forwarder.upstream));

  assert.deepEqual(verdicts, ["answers", "answers", "answers", "loops"]);
});

test("a port where nobody listens shows nothing", async () => {
  const prober = createLoopProber({ timeoutMs: 300 });
  const forwarder = await startFakeForwarder({ upstream: null });
  forwarder[Symbol.dispose]();

  assert.equal(await prober.probe(forwarder.upstream), "silent");
});

test("an address that cannot be reached shows nothing", async () => {
  const prober = createLoopProber({ timeoutMs: 300 });

  assert.equal(await prober.probe({ address: "fe80::1%no-such-link", port: 53 }), "silent");
});

test("96: a server that is slow to ask us is told of when it does, and loops from the next probe on", async () => {
  let late = 0;
  const prober = createLoopProber({
    timeoutMs: 20,
    onLateLoop: () => {
      late += 1;
    },
  });
  using listener = await listenFor(() => prober);
  using forwarder = await startFakeForwarder({ upstream: listener.own, delayMs: 150 });

  const first = await prober.probe(forwarder.upstream);
  const told = await waitFor(() => (late > 0 ? late : null), { timeoutMs: 4_000, intervalMs: 5 });
  const second = await prober.probe(forwarder.upstream);
  await waitFor(() => (listener.names.length === 2 ? true : null), { timeoutMs: 4_000, intervalMs: 5 });

  assert.deepEqual({ first, told, second, late }, { first: "silent", told: 1, second: "loops", late: 1 });
});

for (const name of [
  "0123456789abcdef.cilo-loop.home.arpa",
  "cilo-loop.home.arpa",
  "0123456789abcdef.cilo-loop.home.arpa.example",
  "web.login.test",
]) {
  test(`${name} is no probe of ours`, () => {
    const prober = createLoopProber();

    assert.equal(prober.isOwnProbe(toNameKey(name) ?? ""), false);
  });
}

test("the name of an earlier probe of a server is forgotten with the next one", async () => {
  const prober = createLoopProber({ timeoutMs: 300 });
  using listener = await listenFor(() => prober);
  using forwarder = await startFakeForwarder({ upstream: listener.own });
  await prober.probe(forwarder.upstream);
  await prober.probe(forwarder.upstream);

  const known = listener.names.map(({ text }) => prober.isOwnProbe(text));

  assert.deepEqual(known, [false, true]);
});
