import assert from "node:assert/strict";
import { test } from "node:test";
import { configCheck } from "../../src/doctor/config-check.ts";
import { makeSurvey, toLines } from "./survey.ts";

test("names the settings there are, and says nothing where there are none", async () => {
  const dns = { port: 5300, upstreams: ["192.0.2.1"] };
  const some = makeSurvey({ settings: async () => ({ dns, network: { baseSubnet: "10.9.0.0/16" }, trash: {} }) });

  assert.deepEqual(toLines(await configCheck.run(some)), [
    "ok: /home/u/.cilo/config.yml: dns.port, dns.upstreams, network.baseSubnet",
  ]);
  assert.deepEqual(await configCheck.run(makeSurvey()), []);
});
