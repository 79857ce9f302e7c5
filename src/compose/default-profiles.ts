import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import type { ComposeFiles } from "./files.ts";
import { readSourceFile } from "./read-source-file.ts";

/**
 * Reads which profiles Compose turns on by itself where none is given: COMPOSE_PROFILES of the environment, else of the env files it reads
 * (docs.docker.com/compose/how-tos/environment-variables/envvars).
 */
export async function readDefaultProfiles(
  { files, envFiles }: Pick<ComposeFiles, "files" | "envFiles">,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  if (env.COMPOSE_PROFILES !== undefined) return splitList(env.COMPOSE_PROFILES);
  const beside = files[0] === undefined ? [] : [join(dirname(files[0]), ".env")];
  const texts = await Promise.all((envFiles.length > 0 ? envFiles : beside).map(readSourceFile));
  const said = texts.flatMap((text) => (text === null ? [] : (parseEnv(text).COMPOSE_PROFILES ?? [])));
  return splitList(said.at(-1) ?? "");
}

function splitList(list: string): string[] {
  return list
    .split(",")
    .map((profile) => profile.trim())
    .filter((profile) => profile !== "");
}
