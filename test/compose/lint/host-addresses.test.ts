import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findHostAddresses } from "../../../src/compose/lint/host-addresses.ts";

/** What is found, as "kind text port", with a `+` where it is in a URL. */
const cases: [text: string, found: string[]][] = [
  ["localhost:3000", ["loopback localhost:3000 3000"]],
  ["http://localhost:3000/path?x=1", ["loopback+ localhost:3000 3000"]],
  ["postgres://me:secret@LOCALHOST:5432/db", ["loopback+ localhost:5432 5432"]],
  ["127.0.0.1:80,127.0.1.1:81", ["loopback 127.0.0.1:80 80", "loopback 127.0.1.1:81 81"]],
  ["[::1]:9000", ["loopback [::1]:9000 9000"]],
  ["--listen=0.0.0.0:8080", ["any 0.0.0.0:8080 8080"]],
  ["tcp://host.docker.internal:2375", ["gateway+ host.docker.internal:2375 2375"]],
  ["gateway.docker.internal:1,172.17.0.1:2", ["gateway gateway.docker.internal:1 1", "gateway 172.17.0.1:2 2"]],
  ["172.17.0.11:80", []],
  ["172.17.0.1/16", []],
  ["http://localhost", ["loopback+ http://localhost 80"]],
  ["wss://localhost/socket", ["loopback+ wss://localhost 443"]],
  ["http://localhost:3000 and localhost:3000", ["loopback+ localhost:3000 3000"]],
  ["INSIDE://kafka:9092,OUTSIDE://localhost:29092", ["loopback+ localhost:29092 29092"]],
  ["localhost", []],
  ["local://localhost", []],
  ["localhost,127.0.0.1,api", []],
  ["http://localhost.example.org:80", []],
  ["http://my-localhost:80", []],
  ["http://www.localhost:80", []],
  ["10.127.0.0.1:80", []],
  ["http://[::1]", ["loopback+ http://[::1] 80"]],
  ["localhost:0", []],
  ["localhost:70000", []],
  ["localhost:123456", []],
  ["http://localhost:${PORT}", []],
  ["http://me:p,w@localhost", ["loopback+ http://localhost 80"]],
  ["1http://localhost", ["loopback+ http://localhost 80"]],
  ["http:// localhost:80", ["loopback localhost:80 80"]],
  ["http://a/localhost:80", ["loopback localhost:80 80"]],
  ["", []],
];

for (const [text, found] of cases) {
  test(`${JSON.stringify(text)} has ${found.length === 0 ? "no address of this machine" : found.join(", ")}`, () => {
    const addresses = findHostAddresses(text);

    assert.deepEqual(
      addresses.map(({ kind, hasScheme, text, port }) => `${kind}${hasScheme ? "+" : ""} ${text} ${port}`),
      found,
    );
  });
}

test("nothing of a text but hosts, ports and schemes is ever shown", () => {
  const part = fc.constantFrom("http://", "s3cret", ":", "@", "localhost", "3000", "[::1]", "0.0.0.0", "/", "x", " ");

  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      for (const { text } of findHostAddresses(parts.join(""))) {
        assert.match(text, /^((https?|wss?):\/\/)?(localhost|\[::1\]|0\.0\.0\.0)(:\d{1,5})?$/);
      }
    }),
  );
});

for (const word of ["a", "http://", "a@", "http://a.", "localhost", "a://b@localhost"]) {
  test(`comes to an end with a million characters of ${word}`, { timeout: 20_000 }, () => {
    const text = `${word.repeat(1_000_000 / word.length)} localhost:3000`;

    assert.ok(findHostAddresses(text).some(({ port }) => port === 3000));
  });
}
