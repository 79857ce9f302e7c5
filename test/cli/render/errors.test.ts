import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { errorToJson, renderError } from "../../../src/cli/render/errors.ts";

const plain = { styled: false, version: "1.2.3" };

describe("renderError", () => {
  test("says what the user can mend in two lines, without a stack", () => {
    const error = new CiloError("CILO_ENVIRONMENT_NOT_FOUND", 'there is no environment "red"', {
      hint: 'run "cilo list"',
    });

    assert.deepEqual(renderError(error, plain), {
      text: 'cilo: there is no environment "red" [CILO_ENVIRONMENT_NOT_FOUND]\nhint: run "cilo list"\n',
      exitCode: 2,
    });
  });

  test("shows of a bug its stack and the versions, and ends with 70", () => {
    const { text, exitCode } = renderError(new TypeError("x is not a function"), plain);

    assert.equal(exitCode, 70);
    assert.match(text, /\[CILO_BUG\]\nTypeError: x is not a function\n\s+at [\s\S]*cilo 1\.2\.3, node v/);
  });

  test("says the same without colours", () => {
    const error = new CiloError("CILO_LOCKED", "held");

    const styled = renderError(error, { ...plain, styled: true }).text;

    // biome-ignore lint/suspicious/noControlCharactersInRegex: taking colours off is the purpose
    assert.equal(styled.replace(/\u001b\[\d+m/g, ""), renderError(error, plain).text);
  });
});

test("errorToJson gives code, message, hint, exit code and details", () => {
  const error = new CiloError("CILO_LOCKED", "held", { hint: "wait", details: { pid: 7 } });

  assert.deepEqual(errorToJson(error), {
    schema: 1,
    error: { code: "CILO_LOCKED", message: "held", hint: "wait", exitCode: 4, details: { pid: 7 } },
  });
});
