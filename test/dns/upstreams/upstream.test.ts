import assert from "node:assert/strict";
import { test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { parseChosenUpstream } from "../../../src/dns/upstreams/chosen-upstreams.ts";
import { formatUpstream, parseUpstream } from "../../../src/dns/upstreams/upstream.ts";
import { toNameKey } from "../../../src/dns/wire/name.ts";

for (const { text, upstream } of [
  { text: "1.2.3.4", upstream: { address: "1.2.3.4", port: 53 } },
  { text: "1.2.3.4:5353", upstream: { address: "1.2.3.4", port: 5353 } },
  { text: "::1", upstream: { address: "::1", port: 53 } },
  { text: "[::1]", upstream: { address: "::1", port: 53 } },
  { text: "[::1]:5353", upstream: { address: "::1", port: 5353 } },
  { text: "fe80::1%eth0", upstream: { address: "fe80::1%eth0", port: 53 } },
  { text: "[fe80::1%eth0]:5353", upstream: { address: "fe80::1%eth0", port: 5353 } },
]) {
  test(`the upstream ${text} is ${upstream.address} port ${upstream.port}`, () => {
    assert.deepEqual(parseUpstream(text), upstream);
  });
}

const wrongServers = [
  "",
  "dns.example",
  "1.2.3",
  "1.2.3.4:",
  "1.2.3.4:0",
  "1.2.3.4:65536",
  "[1.2.3.4]:53",
  "[::1",
  "::1:99999:x",
];

for (const text of wrongServers) {
  test(`the upstream ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseUpstream(text), { code: "CILO_USAGE" });
  });
}

for (const upstream of [
  { address: "1.2.3.4", port: 53 },
  { address: "2001:db8::1", port: 5353 },
  { address: "fe80::1%eth0", port: 53 },
]) {
  test(`what ${formatUpstream(upstream)} is shown as is read as the same server`, () => {
    assert.deepEqual(parseUpstream(formatUpstream(upstream)), upstream);
  });
}

for (const { text, domain, server } of [
  { text: "10.8.0.1", domain: null, server: { address: "10.8.0.1", port: 53 } },
  { text: "corp.example=10.8.0.1", domain: "corp.example", server: { address: "10.8.0.1", port: 53 } },
  { text: "Corp.Example.=10.8.0.1:5353", domain: "corp.example", server: { address: "10.8.0.1", port: 5353 } },
  { text: " corp = [fd00::1]:5353 ", domain: "corp", server: { address: "fd00::1", port: 5353 } },
  { text: "bücher.example=10.8.0.1", domain: "xn--bcher-kva.example", server: { address: "10.8.0.1", port: 53 } },
  { text: "_tcp.corp=10.8.0.1", domain: "_tcp.corp", server: { address: "10.8.0.1", port: 53 } },
  { text: ".=10.8.0.1", domain: null, server: { address: "10.8.0.1", port: 53 } },
]) {
  test(`98: the choice ${JSON.stringify(text)} is a server for ${domain ?? "every name"}`, () => {
    const expected = { domain: domain === null ? null : toNameKey(domain), server };

    assert.deepEqual(parseChosenUpstream(text), expected);
  });
}

for (const { text, message } of [
  { text: "=10.8.0.1", message: '"=10.8.0.1" does not begin with a domain' },
  { text: "a..b=10.8.0.1", message: '"a..b=10.8.0.1" does not begin with a domain' },
  {
    text: `${"a".repeat(64)}.example=10.8.0.1`,
    message: `"${"a".repeat(64)}.example=10.8.0.1" does not begin with a domain`,
  },
  { text: "corp.example=", message: '"" is not the address of a DNS server' },
  { text: "corp.example=dns.corp.example", message: '"dns.corp.example" is not the address of a DNS server' },
  { text: "a=b=10.8.0.1", message: '"b=10.8.0.1" is not the address of a DNS server' },
]) {
  test(`the choice ${JSON.stringify(text)} is refused, and the hint has a whole command`, () => {
    assert.throws(
      () => parseChosenUpstream(text),
      (error) => {
        assert.ok(error instanceof CiloError);
        assert.deepEqual([error.code, error.message], ["CILO_USAGE", message]);
        assert.match(error.hint ?? "", /cilo dns start --upstream /);
        return true;
      },
    );
  });
}
