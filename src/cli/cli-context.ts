import type { Readable, Writable } from "node:stream";
import type { ControllerContext, ControllerEvent } from "../controller/context.ts";
import type { DaemonOptions } from "../daemon/options.ts";
import type { EndingSignals } from "./ending-signals.ts";
import type { ProgressMode } from "./render/progress.ts";

/** The terminal, or what stands in for it in a test. */
export interface Terminal {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
}

/** What the commands are given by the entry that wires the program together. */
export interface CliContext {
  terminal: Terminal;
  env: NodeJS.ProcessEnv;
  version: string;
  /** The program as another process would start it: node and the script. */
  self: readonly string[];
  controller(emit: (event: ControllerEvent) => void): ControllerContext;
  /** Runs the daemon in this process until it is told to stop. */
  runDaemon(options: DaemonOptions): Promise<void>;
  /** What asks the program to end. */
  signals: Pick<EndingSignals, "leaveToChild" | "isLeftToChild">;
  readTemplate(name: string): string;
  /** Set by a command whose outcome is neither plain success nor an error (`exec` hands on its child's code). */
  setExitCode(code: number): void;
  /** Called once the command line is known to ask for JSON: an error is then told on stdout as well. */
  reportErrorsAsJson(): void;
}

/** Options that many commands share. */
export interface CommonOptions {
  project?: string;
  progress?: ProgressMode;
  verbose?: boolean;
  json?: boolean;
}
