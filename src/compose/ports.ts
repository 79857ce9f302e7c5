import type { ComposeService } from "./model.ts";

const maxPort = 65_535;

/** The TCP container ports of a service, published or exposed, ascending and without duplicates. */
export function tcpPortsOf({ ports, expose }: ComposeService): number[] {
  const found = new Set<number>();
  for (const port of ports ?? []) {
    const text = typeof port === "object" ? `${port.target}/${port.protocol ?? "tcp"}` : String(port);
    for (const number of parseContainerPorts(text)) found.add(number);
  }
  for (const port of expose ?? []) {
    for (const number of parseContainerPorts(String(port))) found.add(number);
  }
  return [...found].sort((a, b) => a - b);
}

/** Reads the container side of `[[address:]published:]target[-target][/protocol]`; nothing when it is not TCP, or still a variable. */
function parseContainerPorts(text: string): number[] {
  const [range = "", protocol = "tcp"] = text.slice(text.lastIndexOf(":") + 1).split("/");
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range);
  if (protocol !== "tcp" || match === null) return [];
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (first < 1 || last > maxPort || last < first) return [];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
