import type { Writable } from "node:stream";
import { styleText } from "node:util";
import { CiloError, messageOf, toPrintable } from "../../base/errors.ts";

/** Where bugs are reported. */
const bugReportHint = "report it with this text, without what is secret in it, to the maintainers of cilo";

/** What is shown of anything thrown, and the exit code it ends with. */
export interface RenderedError {
  text: string;
  exitCode: number;
}

/** @param styled whether the text may be coloured. */
export function renderError(error: unknown, options: { styled: boolean; version: string }): RenderedError {
  const paint = (style: "red" | "cyan", text: string) =>
    options.styled ? styleText(style, text, { validateStream: false }) : text;
  if (error instanceof CiloError && error.code !== "CILO_BUG") {
    const hint = error.hint === null ? "" : `\n${paint("cyan", "hint")}: ${error.hint}`;
    return { text: `${paint("red", "cilo")}: ${error.message} [${error.code}]${hint}\n`, exitCode: error.exitCode };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  return {
    text: `${paint("red", "cilo")}: a bug in cilo [CILO_BUG]\n${toPrintable(stack)}\ncilo ${options.version}, node ${process.version}, ${process.platform}\n${paint("cyan", "hint")}: ${bugReportHint}\n`,
    exitCode: 70,
  };
}

/**
 * The same for `--json`.
 * @param exitCode what the process ends with; for a signal that is not the error's own.
 */
export function errorToJson(
  error: unknown,
  exitCode: number = error instanceof CiloError ? error.exitCode : 70,
): { schema: 1; error: Record<string, unknown> } {
  if (error instanceof CiloError) {
    const { code, message, hint, details } = error;
    return { schema: 1, error: { code, message, hint, exitCode, details } };
  }
  return { schema: 1, error: { code: "CILO_BUG", message: messageOf(error), hint: bugReportHint, exitCode } };
}

/** Whether this stream takes colours: a terminal, and the user did not say no (NO_COLOR, https://no-color.org). */
export function supportsColor(stream: Writable & { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}
