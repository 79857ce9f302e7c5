import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findBaseSubnetProblem } from "../../src/network/base-subnet.ts";

describe("a block that subnets are taken from", () => {
  const good = ["10.224.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.7.0/24", "100.64.0.0/10"];
  for (const text of good) {
    test(`may be ${text}`, () => assert.equal(findBaseSubnetProblem(text), null));
  }

  const privateOnly =
    "which is not private; allowed is a block of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10";
  const bad: [string, string][] = [
    ["10.224.0.0", 'which is no IPv4 CIDR; allowed is one such as "10.224.0.0/16"'],
    ["fd00::/8", 'which is no IPv4 CIDR; allowed is one such as "10.224.0.0/16"'],
    ["10.224.3.1/16", 'which has bits beyond its prefix; the block it lies in is "10.224.0.0/16"'],
    ["10.0.0.0/7", privateOnly],
    ["127.0.0.0/16", privateOnly],
    ["169.254.0.0/16", privateOnly],
    ["8.8.0.0/16", privateOnly],
    ["0.0.0.0/0", privateOnly],
    ["10.224.0.0/25", "which has no room for a /24; allowed are prefixes up to /24"],
  ];
  for (const [text, problem] of bad) {
    test(`is not ${text}`, () => assert.equal(findBaseSubnetProblem(text), problem));
  }
});
