import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listensAt, parseSocketTables } from "../../../src/controller/verify-isolation/listening-sockets.ts";

const heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const rest = "00:00000000 00000000     0        0 6049983 1 0000000000000000 100 0 0 10 0";

function row(number: number, local: string, state: string): string {
  return `   ${number}: ${local} 00000000:0000 ${state} 00000000:00000000 ${rest}\n`;
}

describe("parseSocketTables", () => {
  for (const [what, text, sockets] of [
    ["any IPv4 address", row(0, "00000000:0050", "0A"), [{ family: 4, address: null, port: 80 }]],
    ["one IPv4 address", row(0, "0A00E00A:1F90", "0A"), [{ family: 4, address: "10.224.0.10", port: 8080 }]],
    ["loopback, as the engine's own DNS", row(0, "0B00007F:9D99", "0A"), []],
    ["a connection", row(0, "0A00E00A:1F90", "01"), []],
    ["any IPv6 address", row(0, `${"0".repeat(32)}:0050`, "0A"), [{ family: 6, address: null, port: 80 }]],
    ["IPv6 loopback", row(0, "00000000000000000000000001000000:0050", "0A"), []],
    [
      "an IPv4-mapped address",
      row(0, "0000000000000000FFFF00000A00E00A:0050", "0A"),
      [{ family: 4, address: "10.224.0.10", port: 80 }],
    ],
    ["an IPv4-mapped loopback address", row(0, "0000000000000000FFFF00000100007F:0050", "0A"), []],
    ["one IPv6 address", row(0, "000000FD000000000000000001000000:0050", "0A"), [{ family: 6, address: "", port: 80 }]],
    [
      "the same twice",
      row(0, "00000000:0050", "0A") + row(1, "00000000:0050", "0A"),
      [{ family: 4, address: null, port: 80 }],
    ],
    ["nothing", "", []],
    ["something else", "cat: can't open '/proc/net/tcp6': No such file or directory\n", []],
  ] as const) {
    test(`reads ${what}`, () => {
      assert.deepEqual(parseSocketTables(heading + text), sockets);
    });
  }
});

describe("listensAt", () => {
  for (const [socket, address, expected] of [
    [{ family: 4, address: null, port: 80 }, "10.224.0.10", true],
    [{ family: 4, address: null, port: 80 }, "fd00::a", false],
    [{ family: 4, address: "10.224.0.10", port: 80 }, "10.224.0.10", true],
    [{ family: 4, address: "10.224.0.10", port: 80 }, "10.224.0.11", false],
    [{ family: 6, address: null, port: 80 }, "10.224.0.10", true],
    [{ family: 6, address: "", port: 80 }, "fd00::a", true],
    [{ family: 6, address: "", port: 80 }, "10.224.0.10", false],
  ] as const) {
    test(`one of IPv${socket.family} at ${socket.address ?? "any address"} is ${expected ? "" : "not "}reached at ${address}`, () => {
      assert.equal(listensAt(socket, address), expected);
    });
  }
});
