/**
 * The reference with what Docker implies written out, so that `app`, `docker.io/app` and `index.docker.io/library/app:latest` are one image.
 * @see https://github.com/distribution/reference (ParseNormalizedNamed)
 */
export function toFullReference(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const registry = hasRegistry && first !== "index.docker.io" ? first : "docker.io";
  const path = hasRegistry ? rest.join("/") : image;
  const full = `${registry}/${registry === "docker.io" && !path.includes("/") ? `library/${path}` : path}`;
  const last = full.slice(full.lastIndexOf("/") + 1);
  return /[:@]/.test(last) ? full : `${full}:latest`;
}
