import type { Finding } from "../../../src/model/finding.ts";

/** Findings on one line each: "warning shared services.web.environment#APP_URL". */
export function placesOf(findings: readonly Finding[]): string[] {
  return findings.map(
    ({ level, shared, path, item }) =>
      `${level}${shared ? " shared" : ""} ${path.join(".")}${item === undefined ? "" : `#${item}`}`,
  );
}
