/** The one way to write an image's name, out of the several that Docker takes for it: "app" is "docker.io/library/app:latest". */
export function toReference(image: string): string {
  const [name = "", digest] = image.split("@");
  const parts = name.split("/");
  const hasRegistry = parts.length > 1 && /[.:]|^localhost$/.test(parts[0] ?? "");
  const [registry, ...path] = hasRegistry ? parts : ["docker.io", ...parts];
  const full = registry === "docker.io" && path.length === 1 ? ["library", ...path] : path;
  const last = full.at(-1) ?? "";
  const tag = last.includes(":") || digest !== undefined ? "" : ":latest";
  return `${registry}/${full.join("/")}${tag}${digest === undefined ? "" : `@${digest}`}`;
}
