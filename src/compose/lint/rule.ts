import type { Finding } from "../../model/finding.ts";
import type { OverrideContext } from "../override/concern.ts";

/** Looks at a project for one thing that copies have in common, or that is different in them. Pure; findings in a fixed order. */
export type LintRule = (context: OverrideContext) => Finding[];
