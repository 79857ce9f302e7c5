import { type Check, found } from "./check.ts";
import { dockerCommand } from "./docker-command.ts";
import { findOthers } from "./find-others.ts";
import { findingsOfDifferences } from "./findings-of-differences.ts";
import { reportOthers } from "./report-others.ts";

/** Nothing is on the engine that cilo made and no environment accounts for, or one has no use for. */
export const orphansCheck: Check = {
  name: "orphans",
  async run(survey) {
    // Without state nothing can be told from an orphan.
    const state = await survey.state();
    const others = findOthers(state, await survey.objects());
    const findings = [
      ...findingsOfDifferences(await survey.differences(), "orphans"),
      ...reportOthers(others, await dockerCommand(survey)),
    ];
    return findings.some(({ severity }) => severity !== "info")
      ? findings
      : [found("ok", "everything on the engine that this cilo made belongs to an environment"), ...findings];
  },
};
