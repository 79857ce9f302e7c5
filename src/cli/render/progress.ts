import type { Writable } from "node:stream";
import type { ControllerEvent } from "../../controller/context.ts";

export const progressModes = ["auto", "tty", "plain", "quiet"] as const;
export type ProgressMode = (typeof progressModes)[number];

/** Draws what a use case reports, on stderr. */
export interface Progress {
  emit(event: ControllerEvent): void;
  /** Leaves the terminal clean; nothing is drawn after it. */
  stop(): void;
}

/**
 * @param mode `auto` and `tty`: live on a terminal, plain lines elsewhere; `plain`: lines everywhere; `quiet`: warnings only.
 */
export async function createProgress(
  mode: ProgressMode,
  stderr: Writable & { isTTY?: boolean; columns?: number },
): Promise<Progress> {
  // A pseudo-terminal that nobody gave a size has 0 columns: a line would be taken to wrap for ever.
  const canMove = stderr.isTTY === true && (stderr.columns ?? 0) > 0;
  const isLive = canMove && (mode === "tty" || mode === "auto");
  return isLive ? await createLiveProgress(stderr) : createPlainProgress(stderr, mode === "quiet");
}

function createPlainProgress(stderr: Writable, isQuiet: boolean): Progress {
  const starts = new Map<string, number>();
  return {
    emit(event) {
      if (event.type === "warning") stderr.write(`warning: ${event.text}\n`);
      if (isQuiet) return;
      if (event.type === "info") stderr.write(`${event.text}\n`);
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

async function createLiveProgress(stderr: Writable): Promise<Progress> {
  const { default: ora } = await import("ora");
  const spinner = ora({ stream: stderr as NodeJS.WriteStream, discardStdin: false });
  const starts = new Map<string, { text: string; startedMs: number }>();
  return {
    emit(event) {
      switch (event.type) {
        case "step-start":
          starts.set(event.id, { text: event.text, startedMs: performance.now() });
          spinner.start(event.text);
          break;
        case "output":
          // The last line of the program is enough to see that it lives.
          spinner.text = `${starts.get(event.id)?.text ?? ""}: ${event.line.trim().slice(0, 80)}`;
          break;
        case "step-end": {
          const line = describeEnd(event, starts.get(event.id)?.startedMs);
          if (event.failed) spinner.fail(line);
          else spinner.succeed(line);
          break;
        }
        case "warning":
          printBeside(spinner, () => stderr.write(`warning: ${event.text}\n`));
          break;
        case "info":
          printBeside(spinner, () => stderr.write(`${event.text}\n`));
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
