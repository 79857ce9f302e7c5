import { spawn } from "node:child_process";
import { readChildrenCpuSeconds } from "../process-usage.ts";

/** One process of a burst. */
export interface ProcessCall {
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** What a burst took. */
export interface Burst {
  /** From the first start to the last end. */
  elapsedMs: number;
  /** Of all its processes; null where the system does not say. */
  cpuSeconds: number | null;
  /** What those that failed had to say, "exit code 4: …". */
  failures: string[];
}

const timeoutMs = 300_000;

/** Starts Node.js so many times at once and waits until all have ended. */
export async function runBurst(calls: readonly ProcessCall[], signal: AbortSignal): Promise<Burst> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const cpuBefore = await readChildrenCpuSeconds();
  const began = performance.now();
  const endings = await Promise.all(calls.map((call) => runOne(call, limit)));
  const elapsedMs = performance.now() - began;
  signal.throwIfAborted();
  const cpuAfter = await readChildrenCpuSeconds();
  return {
    elapsedMs,
    cpuSeconds: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
    failures: endings.filter((failure) => failure !== null),
  };
}

/** Started without any package between: what this process spends would be taken from those that it measures. */
function runOne({ args, env }: ProcessCall, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"], signal });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    // One that is cut off still has to end: it writes until then.
    child.on("error", (error) => {
      if (!signal.aborted) resolve(error.message);
    });
    child.on("close", (code, killedBy) =>
      resolve(code === 0 ? null : `exit code ${code ?? killedBy}: ${stderr.trim()}`),
    );
  });
}
