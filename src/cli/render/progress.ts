import type { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { ControllerEvent } from "../../controller/context.ts";
import { toLine } from "./line.ts";

export const progressModes = ["auto", "tty", "plain", "quiet"] as const;
export type ProgressMode = (typeof progressModes)[number];

/** Draws what a use case reports, on stderr. */
export interface Progress {
  emit(event: ControllerEvent): void;
  /** Leaves the terminal clean; nothing is drawn after it. */
  stop(): void;
}

export interface ProgressOptions {
  /** `auto` and `tty`: live on a terminal, plain lines elsewhere; `plain`: lines everywhere; `quiet`: warnings only. */
  mode: ProgressMode;
  /** Whether the lines of programs stay to be read; `quiet` is quiet all the same. */
  isVerbose: boolean;
}

type Stderr = Writable & { isTTY?: boolean; columns?: number };

/** Every event is one line, whatever its text is made of. Once `stderr` fails nothing is drawn any more. */
export async function createProgress(stderr: Stderr, { mode, isVerbose }: ProgressOptions): Promise<Progress> {
  // A pseudo-terminal that nobody gave a size has 0 columns: a line would be taken to wrap for ever.
  const canMove = stderr.isTTY === true && (stderr.columns ?? 0) > 0;
  const isLive = canMove && (mode === "tty" || mode === "auto");
  const progress = isLive
    ? await createLiveProgress(stderr, isVerbose)
    : createPlainProgress(stderr, { isQuiet: mode === "quiet", isVerbose });
  let isDrawing = true;
  const stop = () => {
    if (isDrawing) progress.stop();
    isDrawing = false;
  };
  stderr.once("error", stop);
  return {
    emit(event) {
      if (isDrawing) progress.emit(toPrintableEvent(event));
    },
    stop() {
      stderr.off("error", stop);
      stop();
    },
  };
}

function toPrintableEvent(event: ControllerEvent): ControllerEvent {
  // A build's colours would be marks all over the line.
  if (event.type === "output") return { ...event, line: toLine(stripVTControlCharacters(event.line)).trimEnd() };
  return { ...event, text: toLine(event.text) };
}

function createPlainProgress(stderr: Writable, options: { isQuiet: boolean; isVerbose: boolean }): Progress {
  const starts = new Map<string, number>();
  return {
    emit(event) {
      if (event.type === "warning") stderr.write(`warning: ${event.text}\n`);
      if (options.isQuiet) return;
      if (event.type === "info") stderr.write(`${event.text}\n`);
      if (event.type === "output" && options.isVerbose) stderr.write(`  ${event.line}\n`);
      if (event.type === "step-start") starts.set(event.id, performance.now());
      if (event.type === "step-end") stderr.write(`${describeEnd(event, starts.get(event.id))}\n`);
    },
    stop() {},
  };
}

function describeEnd(event: { text: string; failed: boolean }, startedMs: number | undefined): string {
  if (event.failed) return `failed: ${event.text}`;
  if (startedMs === undefined) return event.text;
  return `${event.text} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`;
}

async function createLiveProgress(stderr: Writable, isVerbose: boolean): Promise<Progress> {
  const { default: ora } = await import("ora");
  const spinner = ora({ stream: stderr as NodeJS.WriteStream, discardStdin: false });
  const starts = new Map<string, { text: string; startedMs: number }>();
  const print = (line: string) => printBeside(spinner, () => stderr.write(`${line}\n`));
  return {
    emit(event) {
      switch (event.type) {
        case "step-start":
          starts.set(event.id, { text: event.text, startedMs: performance.now() });
          spinner.start(event.text);
          break;
        case "output":
          if (isVerbose) print(`  ${event.line}`);
          // The last line of the program is enough to see that it lives.
          else spinner.text = `${starts.get(event.id)?.text ?? ""}: ${event.line.trim().slice(0, 80)}`;
          break;
        case "step-end": {
          const line = describeEnd(event, starts.get(event.id)?.startedMs);
          if (event.failed) spinner.fail(line);
          else spinner.succeed(line);
          break;
        }
        case "warning":
          print(`warning: ${event.text}`);
          break;
        case "info":
          print(event.text);
          break;
      }
    },
    stop() {
      spinner.stop();
    },
  };
}

function printBeside(spinner: { isSpinning: boolean; clear(): unknown; render(): unknown }, print: () => void): void {
  if (spinner.isSpinning) spinner.clear();
  print();
  if (spinner.isSpinning) spinner.render();
}
