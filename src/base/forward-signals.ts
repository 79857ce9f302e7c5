import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hasErrorCode } from "./errors.ts";

/** What asks a program to end. */
export const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Hands signals that ask this process to end on to a child that shares its terminal. Ctrl-C reaches the terminal's
 * whole foreground process group, the child included, so while this process is in that group its first SIGINT is not
 * handed on: a child must not take one Ctrl-C for two. Further ones are: where nothing ended, only this process got the
 * first ("kill -INT"), and where Ctrl-C was pressed again, the child was told so already.
 * @param options.repeatInterrupt hands on the first one in any case, to a child that a second one does no harm.
 * @returns what ends the forwarding; dispose of it when the child has ended.
 */
export function forwardSignals(childPid: number, options: { repeatInterrupt?: boolean } = {}): Disposable {
  let isLeftToTerminal = options.repeatInterrupt !== true;
  const forward = (signal: NodeJS.Signals) => {
    if (signal === "SIGINT" && isLeftToTerminal && isInForeground()) {
      isLeftToTerminal = false;
      return;
    }
    try {
      process.kill(childPid, signal);
    } catch (error) {
      if (!hasErrorCode(error, "ESRCH")) throw error;
    }
  };
  for (const signal of endingSignals) process.on(signal, forward);
  return {
    [Symbol.dispose]() {
      for (const signal of endingSignals) process.off(signal, forward);
    },
  };
}

/** Whether this process is of its terminal's foreground process group; false without a terminal. */
function isInForeground(): boolean {
  const [group, foregroundGroup] = process.platform === "linux" ? groupsFromProc() : groupsFromPs();
  return group !== undefined && group === foregroundGroup;
}

/** Fields 5 and 8 of proc(5)'s stat, pgrp and tpgid; field 2, in parentheses, may hold anything. */
function groupsFromProc(): (string | undefined)[] {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [fields[2], fields[5]];
}

function groupsFromPs(): string[] {
  const text = execFileSync("ps", ["-o", "pgid=,tpgid=", "-p", String(process.pid)], { encoding: "utf8" });
  return text.trim().split(/\s+/);
}
