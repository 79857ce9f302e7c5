import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import * as layouts from "./properties/generate/layouts.ts";
import { model } from "./properties/generate/model.ts";

/** A project as files, with how it is called. */
export interface GeneratedProject {
  /** Text of each file, by its path relative to the copied directory. */
  texts: Record<string, string>;
  /** The project's directory, relative to the copied one. */
  path: string;
  /** Compose files relative to the project's directory; none where Compose finds them by itself. */
  files: string[];
  profiles: string[];
  /** Services to share. */
  shared: string[];
}

/** What the models refer to by a path relative to the project. */
const dataFiles: Record<string, string> = {
  ".env": "TAG=t1\nQUOTED='a \"b\" $c'\n",
  "web.env": "# a comment\nFROM_FILE=172.28.0.10\nQUOTED=\"x 'y'\"\nMY_NETWORK=everyones\n",
  "conf/more.env": "MORE=172.28.0.11:80\nTAG=t2\nDOLLAR='$HOME'\n",
  "token.txt": "secret\n",
  "page.txt": "172.28.0.10\n",
};

type Arrange = (some: Parameters<typeof layouts.alone>[0]) => layouts.Layout;

const { ".env": dotEnv, ...otherFiles } = dataFiles;

const layout: fc.Arbitrary<Arrange> = fc.oneof(
  fc.constantFrom<Arrange>(layouts.alone, layouts.anchored, layouts.given, layouts.listed, layouts.extended),
  fc.nat(15).map(
    (choice): Arrange =>
      (some) =>
        layouts.split(some, choice),
  ),
  fc.boolean().map(
    (isLong): Arrange =>
      (some) =>
        layouts.included(some, isLong),
  ),
  fc.constantFrom(dataFiles, otherFiles).map(
    (data): Arrange =>
      (some) =>
        layouts.listedBelow(some, data),
  ),
);

/** Projects that Compose accepts, in files of every arrangement. */
export const generatedProject: fc.Arbitrary<GeneratedProject> = fc
  .record({
    model,
    layout,
    path: fc.constantFrom(".", ".", "apps/shop"),
    // Compose looks for its file in the directories above.
    isAbove: fc.constantFrom(false, false, true),
    profiles: fc.constantFrom<string[]>([], [], ["dev"], ["prod"], ["dev", "prod"]),
    shared: fc.array(fc.nat(9), { maxLength: 2 }),
    name: fc.constantFrom(undefined, undefined, "my-project"),
    ofProfiles: fc.constantFrom("", "", "COMPOSE_PROFILES=prod\n"),
  })
  .map(({ model: generated, layout: arrange, path, isAbove, profiles, shared, name, ofProfiles }) => {
    const { texts, files } = arrange(name === undefined ? generated : { name, ...generated });
    const all = { ...dataFiles, ...texts, ".env": `${dotEnv}${texts[".env"] ?? ""}${ofProfiles}` };
    const isFound = files.length === 0 && texts[".env"] === undefined;
    const directory = isAbove && isFound ? "." : path;
    const written = Object.entries(all).map(([file, text]) => [join(directory, file), text]);
    return {
      texts: { ...Object.fromEntries(written), [join(path, "read.me")]: "" },
      path,
      files,
      profiles,
      shared: Object.keys(generated.services).filter((_, index) => shared.includes(index)),
    };
  });

/** Writes the files of a project below a directory. */
export async function writeProject({ texts }: GeneratedProject, directory: string): Promise<void> {
  for (const [file, text] of Object.entries(texts)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), text);
  }
}
