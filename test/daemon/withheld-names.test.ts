import assert from "node:assert/strict";
import { test } from "node:test";
import { createWithheldNames } from "../../src/daemon/withheld-names.ts";
import { toNameKey } from "../../src/dns/wire/name.ts";

const canary = toNameKey("use-application-dns.net") ?? "";
const probe = toNameKey("0123456789abcdef.cilo-loop.home.arpa") ?? "";
const isOwnProbe = (name: string) => name === probe;

test("50: Firefox's canary name is withheld only where it was asked for", () => {
  for (const firefoxCanary of [true, false]) {
    const isWithheld = createWithheldNames({ firefoxCanary, isOwnProbe });

    assert.equal(isWithheld(canary), firefoxCanary);
    assert.equal(isWithheld(`\x01x${canary}`), false);
  }
});

test("the server's own probes are withheld, and no other name", () => {
  const isWithheld = createWithheldNames({ firefoxCanary: true, isOwnProbe });

  assert.equal(isWithheld(probe), true);
  assert.equal(isWithheld(toNameKey("home.arpa") ?? ""), false);
});
