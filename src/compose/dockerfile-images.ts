/**
 * The images a Dockerfile takes from elsewhere: `FROM`, and `COPY --from` or `RUN --mount=from=` that name no stage. Variables of `ARG` lines before the first
 * stage are replaced; what still has one is left out.
 * @param args the build's arguments, which go before the defaults.
 * @see https://docs.docker.com/reference/dockerfile/
 */
export function imagesOfDockerfile(text: string, args: ReadonlyMap<string, string> = new Map()): string[] {
  const variables = new Map<string, string>();
  const stages = new Set<string>(["scratch"]);
  const images = new Set<string>();
  let stageCount = 0;
  const add = (name: string) => {
    const image = expand(name, variables);
    const isStage = stages.has(image.toLowerCase()) || (/^\d+$/.test(image) && Number(image) < stageCount);
    if (image !== "" && !image.includes("$") && !isStage) images.add(image);
  };
  for (const line of linesOf(text)) {
    const argument = stageCount === 0 ? /^ARG\s+(.+)$/i.exec(line) : null;
    if (argument !== null) declare(argument[1] ?? "", variables, args);
    const from = /^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    if (from !== null) {
      add(from[1] ?? "");
      stageCount += 1;
      if (from[2] !== undefined) stages.add(from[2].toLowerCase());
    } else if (/^(?:COPY|ADD|RUN)\s/i.test(line)) {
      for (const match of line.matchAll(/\s--(?:from=|mount=(?:[^\s,]+,)*from=)([^\s,]+)/g)) add(match[1] ?? "");
    }
  }
  return [...images];
}

/** Instructions, each on one line; comments and the bodies of here-documents are no instructions of interest. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*#/.test(line));
  return lines
    .join("\n")
    .replace(/\\[ \t]*\n/g, " ")
    .split("\n")
    .map((line) => line.trim());
}

function declare(text: string, variables: Map<string, string>, args: ReadonlyMap<string, string>): void {
  for (const [, name = "", quoted, plain] of text.matchAll(/([A-Za-z_]\w*)(?:=(?:"([^"]*)"|(\S*)))?/g)) {
    const value = args.get(name) ?? quoted ?? plain;
    if (value !== undefined) variables.set(name, expand(value, variables));
  }
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`; a variable that is not declared stays as it is. */
function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
    (whole, plain?: string, braced?: string, fallback?: string) =>
      variables.get(plain ?? braced ?? "") ?? fallback ?? whole,
  );
}
