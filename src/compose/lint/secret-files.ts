import { isAbsolute } from "node:path";
import type { Finding } from "../../model/finding.ts";
import { isBeside } from "../beside.ts";
import { isTrue, toEntries } from "../loose-values.ts";
import { compareText, unescapeDollars } from "../model.ts";
import { fieldOf } from "../model-secrets.ts";
import type { OverrideContext } from "../override/concern.ts";
import { describeWayOut } from "../override/outside-copy.ts";

const sections = ["secrets", "configs"] as const;

/** Finds secrets and configs that do not come from the copy. Containers can only read them, so none is a way from one copy to another. */
export function findSecretFiles({ reading }: OverrideContext): Finding[] {
  return sections.flatMap((section) =>
    toEntries(reading.base[section])
      .sort(([a], [b]) => compareText(a, b))
      .flatMap(([key, item]): Finding[] => {
        if (isTrue(fieldOf(item, "external"))) return [describeExternal(section, key)];
        const given = fieldOf(item, "file");
        if (typeof given !== "string") return [];
        const file = unescapeDollars(given);
        const wayOut = isAbsolute(file) ? describeWayOut(reading, file) : null;
        if (wayOut === null) return [];
        const path = [section, key, "file"];
        return [isBeside(reading, file) ? describeMissing(path, file) : describeOutside(path, wayOut)];
      }),
  );
}

function describeExternal(section: string, key: string): Finding {
  return {
    rule: "external-secret-or-config",
    action: "kept",
    shared: false,
    level: "note",
    path: [section, key, "external"],
    statement: `external ${section} are those of Docker Swarm, and docker compose refuses to start a service that uses one`,
    hint: "give it a file or an environment variable in the place of external",
  };
}

function describeOutside(path: string[], wayOut: string): Finding {
  return {
    rule: "secret-file-outside",
    action: "kept",
    shared: true,
    level: "note",
    path,
    statement: `${wayOut}, so every copy reads the same file`,
    hint: "put the file into the project if copies are to have their own",
  };
}

function describeMissing(path: string[], file: string): Finding {
  return {
    rule: "missing-secret-file",
    action: "kept",
    shared: false,
    level: "warning",
    path,
    statement: `${file} is not in the copy, so services that use it cannot have it`,
    hint: "copy the directory that holds both, or give an absolute path",
  };
}
