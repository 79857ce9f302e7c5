import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Real projects, kept beside the repository where they are at hand. */
const corpus = join(import.meta.dirname, "../../../shared/corpus/compose");

/** A real project and how it is run. */
export interface CorpusCase {
  /** The case's own name, and that of the profiles chosen here when it has some. */
  title: string;
  /** Where its files are; nothing is ever written there. */
  directory: string;
  /** Compose files, relative to the directory. */
  files: string[];
  profiles: string[];
}

/** Profiles that bring up what the files alone leave out, each as a case of its own. */
const furtherProfiles: Record<string, string[][]> = {
  airflow: [["flower", "debug"]],
  "docker-elk": [["setup"]],
  "genai-stack": [["linux"]],
  hoppscotch: [["default"], ["backend", "app", "admin"]],
  kong: [["database"]],
  "voting-app": [["seed"]],
};

/** Why the cases cannot be run, or false when they are there: the value of a test's `skip` option. */
export function reasonWithoutCorpus(): string | false {
  return existsSync(corpus) ? false : `no projects at ${corpus}`;
}

/** A few that between them have most features, for every day: all of them take a quarter of an hour. */
const everyDay = [
  "devilbox",
  "docker-elk",
  "nginx-proxy-segregation",
  "spec-e2e-network-test",
  "temporal-tls",
  "voting-app-stack-v3",
];

/**
 * The cases chosen, and a second time those that have more to show with profiles.
 * @param choice names of cases, separated by commas; "all"; or nothing for those of every day.
 */
export function readCorpusCases(choice: string): CorpusCase[] {
  const wanted = choice === "" ? everyDay : choice.split(",").filter((name) => name !== "");
  return readdirSync(corpus, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && (choice === "all" || wanted.includes(entry.name)))
    .flatMap(({ name }) => {
      const directory = join(corpus, name);
      const { files, profiles }: CorpusCase = JSON.parse(readFileSync(join(directory, "case.json"), "utf8"));
      return [profiles, ...(furtherProfiles[name] ?? [])].map((chosen) => ({
        title: chosen === profiles ? name : `${name} (${chosen.join(", ")})`,
        directory,
        files,
        profiles: chosen,
      }));
    });
}
