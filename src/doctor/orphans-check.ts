import { type Check, found } from "./check.ts";
import { dockerCommand } from "./docker-command.ts";
import { findOrphans } from "./find-orphans.ts";
import { findingsOfDifferences } from "./findings-of-differences.ts";
import { reportOrphans } from "./report-orphans.ts";

/** Nothing is on the engine that cilo made and no environment accounts for, or one has no use for. */
export const orphansCheck: Check = {
  name: "orphans",
  async run(survey) {
    // Without state nothing can be told from an orphan.
    await survey.state();
    const objects = await survey.objects();
    // Read after the engine was asked: an environment is in state before anything of it is on the engine.
    const state = await survey.context.store.read();
    const findings = [
      ...reportOrphans(findOrphans(state, objects), await dockerCommand(survey)),
      ...findingsOfDifferences(await survey.differences(), "orphans"),
    ];
    return findings.some(({ severity }) => severity !== "info")
      ? findings
      : [found("ok", "everything on the engine that this cilo made belongs to an environment"), ...findings];
  },
};
