import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CiloError } from "../../src/base/errors.ts";
import { collectSecrets, createRedact, redact, redactError } from "../../src/compose/redact.ts";

const noSources = { envTexts: [], composeTexts: [], env: {} };

describe("collectSecrets", () => {
  const lines: { line: string; said: string }[] = [
    { line: "TOKEN=hunter2", said: "invalid size: 'hunter2'" },
    { line: "export TOKEN=hunter2", said: "hunter2" },
    { line: 'TOKEN="hunter2zz', said: 'line 3: unterminated quoted value "hunter2zz' },
    { line: "TOKEN='hunter2zz and more", said: "unterminated quoted value 'hunter2zz and more" },
    { line: "TOKEN=hunter2 # of the shop", said: "hunter2" },
    { line: "TOKEN=hunter2#zz", said: "hunter2#zz" },
    { line: "TOKEN: hunter2", said: "hunter2" },
    { line: "A B=hunter2", said: 'near "hunter2"' },
    { line: 'TOKEN="zzsecretzz${"', said: "zzsecretzz${" },
    { line: "TOKEN=before${OTHER}behind", said: "beforebehind" },
    { line: "TOKEN=${OTHER:-hunter2}", said: "hunter2" },
    { line: 'TOKEN="one\\"two"', said: 'one"two' },
    { line: "TOKEN=user:hunter2/more", said: "hunter2" },
    { line: "TOKEN=hunt er2:/zz", said: "hunt er2" },
    { line: "URL=postgres://app:hunter2@db:5432/shop", said: "hunter2" },
    { line: 'TOKEN="line one of it\nline two of it"', said: "line two of it" },
  ];
  for (const { line, said } of lines) {
    test(`knows what Compose may say of ${JSON.stringify(line)}`, () => {
      const secrets = collectSecrets({ ...noSources, envTexts: [`# a comment\nFIRST=first-value\n${line}\n`] });

      const shown = redact(said, secrets);

      for (const part of said.match(/hunter2|zzsecretzz|one|two|before|behind|er2/g) ?? []) {
        assert.doesNotMatch(shown, new RegExp(part));
      }
    });
  }

  test("takes of the environment only what the texts mention, and no variable of every shell", () => {
    const env = { TOKEN: "hunter2", KEY: "of-the-env-file", UNUSED: "not-mentioned", HOME: "/home/somebody" };

    const secrets = collectSecrets({
      composeTexts: ["services: { web: { image: 'web:${TOKEN:-latest}', volumes: ['${HOME}/x:/x'] } }"],
      envTexts: ["COPY=$KEY"],
      env,
    });

    assert.equal(redact("hunter2 of-the-env-file not-mentioned latest /home/somebody", secrets).includes("***"), true);
    assert.equal(
      redact("hunter2, of-the-env-file, not-mentioned, latest, /home/somebody", secrets),
      "***, ***, not-mentioned, latest, /home/somebody",
    );
  });

  test("takes no file for a secret that Compose is told to read", () => {
    const secrets = collectSecrets({
      ...noSources,
      envTexts: ["COMPOSE_FILE=one.yaml:two.yaml\nexport COMPOSE_PROFILES = debug\nTOKEN=three-words-long"],
    });

    const shown = redact("one.yaml, two.yaml, three-words-long, debug", secrets);

    assert.equal(shown, "one.yaml, two.yaml, ***, debug");
  });

  test("takes no word out of a path, nor the name of a variable that is handed through", () => {
    const secrets = collectSecrets({ ...noSources, envTexts: ["DATA=/var/lib/data\nTOKEN\n"] });

    assert.equal(redact("volume data: TOKEN is set, /var/lib/data", secrets), "volume data: TOKEN is set, ***");
  });
});

describe("redact", () => {
  for (const { what, text, secrets, expected } of [
    { what: "every occurrence", text: "a hunter2 b hunter2", secrets: ["hunter2"], expected: "a *** b ***" },
    { what: "within a word", text: "prehunter2post", secrets: ["hunter2"], expected: "pre***post" },
    { what: "the longer of two", text: "abcdef abc", secrets: ["abc", "abcdef"], expected: "*** ***" },
    { what: "those that overlap as one", text: "xabcdefx", secrets: ["abcd", "cdef"], expected: "x***x" },
    { what: "whatever its case", text: "w.HUNTER2.com", secrets: ["hunter2"], expected: "w.***.com" },
    { what: "as Go quotes it", text: 'parsing "a\\"b\\\\c"', secrets: ['a"b\\c'], expected: 'parsing "***"' },
    { what: "as Compose escapes it", text: "a$$b", secrets: ["a$b"], expected: "***" },
    { what: "signs of patterns", text: "a+(b) aab", secrets: ["a+(b)"], expected: "*** aab" },
    { what: "no short value", text: "ab cd", secrets: ["ab", ""], expected: "ab cd" },
    { what: "no plain word", text: "true False null", secrets: ["true", "false", "null"], expected: "true False null" },
  ]) {
    test(`masks ${what}`, () => {
      assert.equal(redact(text, secrets), expected);
    });
  }

  test("shows a name of the project that a variable happens to hold, and no more than the name", () => {
    const mask = createRedact(["postgres", "log"], ["postgres", "login"]);

    assert.equal(mask("service postgres of login: log"), "service postgres of login: ***");
  });

  test("masks a secret that is longer than a regular expression can be, beside characters of all kinds", () => {
    const secret = "S(e".repeat(40_000);

    assert.equal(redact(`İstanbul ${secret.toUpperCase()} and ${secret}`, [secret]), "İstanbul *** and ***");
  });

  test("leaves no secret in any text, whatever stands around it", () => {
    const secret = fc.string({ minLength: 4, unit: fc.constantFrom("a", "b", "$", "\\", '"', ".", "*") });

    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), fc.array(fc.string()), (secrets, around) => {
        const shown = redact(around.join(secrets[0]), secrets);

        return secrets.every((one) => one.includes("***") || !shown.replaceAll("***", "\n").includes(one));
      }),
    );
  });
});

test("an error loses the secrets of its message, hint, details and causes, and keeps its code", () => {
  const mask = createRedact(["hunter2"]);
  const cause = new CiloError("CILO_COMPOSE_INVALID", "inner hunter2", { cause: new Error("innermost hunter2") });
  const error = new CiloError("CILO_OVERRIDE_REJECTED", "outer hunter2", {
    hint: "remove hunter2",
    details: { list: ["hunter2", { deep: "x hunter2" }], count: 2 },
    cause,
  });

  const masked = redactError(error, mask);

  assert.ok(masked instanceof CiloError && masked.cause instanceof CiloError);
  assert.deepEqual(
    [masked.code, masked.message, masked.hint, masked.details, masked.cause.message],
    ["CILO_OVERRIDE_REJECTED", "outer ***", "remove ***", { list: ["***", { deep: "x ***" }], count: 2 }, "inner ***"],
  );
  assert.equal(masked.cause.cause instanceof Error && masked.cause.cause.message, "innermost ***");
});
