// Preloaded into a cilo that a test cuts off: writes down the points that it passes, and at one of them runs a program, sends itself a signal, or both.
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";

const { log = null, at = null } = JSON.parse(process.env.CILO_TEST_FAULTS ?? "{}");
const passings = new Map();

globalThis[Symbol.for("cilo.fault-point")] = (point) => {
  const passing = (passings.get(point) ?? 0) + 1;
  passings.set(point, passing);
  if (log !== null) appendFileSync(log, `${point}\n`);
  if (at === null || at.point !== point || at.passing !== passing) return;
  if (at.run) execFileSync(at.run[0], at.run.slice(1), { stdio: "ignore" });
  if (at.signal) process.kill(process.pid, at.signal);
};
