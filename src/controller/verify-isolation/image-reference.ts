/*
 * The grammar of github.com/distribution/reference, with which engines read the names of images.
 */
const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
// Without a dot or a port it is no registry's name but the first part of the image's.
const registry = `(?:${label}(?:\\.${label})+(?::[0-9]+)?|${label}:[0-9]+|\\[[a-fA-F0-9:]+\\](?::[0-9]+)?)`;
const component = "[a-z0-9]+(?:(?:[.]|_{1,2}|-+)[a-z0-9]+)*";
const tag = "[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}";
const digest = "[a-zA-Z][a-zA-Z0-9]*(?:[-_+.][a-zA-Z][a-zA-Z0-9]*)*:[a-fA-F0-9]{32,}";
const reference = new RegExp(
  `^(?:${registry}/)?${component}(?:/${component})*(?::${tag})?(?:@${digest})?$|^sha256:[a-f0-9]{1,64}$`,
);

const maxNameLength = 255;

/** Tells whether a text can be an image's name or id at all: "busybox", "ghcr.io/acme/tools:1.2", "sha256:…". */
export function isImageReference(text: string): boolean {
  const name = text.replace(/@.*$/s, "").replace(/:[^:/]*$/, "");
  return name.length <= maxNameLength && reference.test(text);
}
