import { join } from "node:path";
import type { Environment } from "../../model/environment.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";
import { treeSize } from "../../workspace/tree-size.ts";
import { surveyWork, type WorkSurveyDetails } from "../../workspace/work/survey-work.ts";
import type { ControllerContext } from "../context.ts";
import { locate } from "../locations.ts";
import type { Belongings } from "./plan-undo.ts";
import { surveyVolumes } from "./survey-volumes.ts";

export interface BelongingsOptions {
  installation: string;
  environment: Environment;
  /** Null: there is none, or it is given up. */
  engine: RuntimeProvider | null;
  /** The workspace stays, so what is in it is not lost. */
  keepWorkspace: boolean;
  /** So much of a volume is looked at, in bytes. */
  maxBytes: number;
}

/** Looks for everything that would be lost with an environment; changes nothing. */
export async function surveyBelongings(
  context: ControllerContext,
  options: BelongingsOptions,
): Promise<Belongings & { work: WorkSurveyDetails | null }> {
  const { environment, engine, keepWorkspace } = options;
  const { signal, paths, clock } = context;
  const { workspace, standIns } = locate(paths, environment);
  const source = sourceRootOf(environment);
  return {
    work: keepWorkspace ? null : await surveyWork({ workspace, source, signal }),
    standInBytes: await treeSize(standIns),
    volumes: engine === null ? [] : await surveyVolumes({ ...options, engine, signal, now: clock.now() }),
  };
}

/** The directory that was copied: around the project's, where the project is only a part of it. */
export function sourceRootOf({ source, projectPath }: Pick<Environment, "source" | "projectPath">): string {
  return join(
    source,
    ...projectPath
      .split("/")
      .filter((part) => part !== "")
      .map(() => ".."),
  );
}
