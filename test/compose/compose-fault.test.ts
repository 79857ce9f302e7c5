import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ComposeFault, parseComposeFault } from "../../src/compose/compose-fault.ts";

/** The versions say the same in other words; what compose-failure.test.ts has from the program itself is not repeated here. */
const rows: [words: string, expected: Partial<ComposeFault>][] = [
  [
    "validating /p/compose.yml: services.web Additional property provider is not allowed",
    {
      reason: "services.web Additional property provider is not allowed",
      file: "/p/compose.yml",
      field: { path: ["services", "web", "provider"] },
      hint: "update docker compose: provider needs 2.36.0 or newer",
    },
  ],
  [
    "validating /p/compose.yml: services.web additional properties 'models', 'gpus' not allowed",
    {
      field: { path: ["services", "web", "models"] },
      hint: "update docker compose: models needs 2.38.0, gpus needs 2.30.0 or newer",
    },
  ],
  [
    "validating /p/compose.yml: (root) Additional property servicess is not allowed",
    { field: { path: ["servicess"] }, reason: "(root) Additional property servicess is not allowed" },
  ],
  [
    "validating /p/compose.yml:  additional properties 'servicess' not allowed",
    { field: { path: ["servicess"] }, reason: "additional properties 'servicess' not allowed" },
  ],
  [
    "failed to parse /p/my: file.yml: yaml: line 3: found unexpected end of stream",
    { file: "/p/my: file.yml", reason: "yaml: line 3: found unexpected end of stream", isSyntax: true, hint: null },
  ],
  ["yaml: line 3: found unexpected end of stream", { file: null, isSyntax: true }],
  [
    'failed to read /p/.env: line 2: unterminated quoted value "x',
    { file: "/p/.env", isSyntax: false, hint: "correct that line of the env file" },
  ],
  ["failed to read /p/.env: permission denied", { file: null, hint: null }],
  [
    "cycle detected at path: services.web-test.1",
    {
      hint: "update docker compose if no YAML alias contains itself: versions 2.30.0 to 2.30.2 take some that do not for one that does",
    },
  ],
  [
    'services.b: container name "shop" is already in use by service {}"',
    { field: { path: ["services", "b", "container_name"] }, hint: "give only one service the container_name shop" },
  ],
  [
    "error decoding 'services[web].healthcheck.interval': time: invalid duration \"soon\"",
    { field: { path: ["services", "web", "healthcheck", "interval"] } },
  ],
  [
    "open /beside/common.yml: no such file or directory",
    {
      hint: "copy common.yml into the project, give its absolute path, or keep both in one git repository, which is copied as a whole: /beside/common.yml is outside what is copied",
    },
  ],
  [
    "env file /p/.env not found: stat /p/.env: no such file or directory",
    {
      hint: "create /p/.env; git does not carry ignored files such as .env, so copy it there from the directory you work in",
    },
  ],
  ["something else", { reason: "something else", file: null, isSyntax: false, field: null, hint: null }],
];

describe("parseComposeFault", () => {
  for (const [words, expected] of rows) {
    it(`understands ${words}`, () => {
      const fault = parseComposeFault(words, { directory: "/p", isBeside: (path) => path.startsWith("/beside/") });

      assert.deepEqual({ ...fault, ...expected }, fault);
    });
  }
});
