import { exec } from "../../src/base/exec.ts";

/** What a container can resolve and reach. */
export interface ProbeResult {
  /** Addresses that the engine's own DNS gives, by name, in order. */
  names: Record<string, string[]>;
  /** Addresses that answered, by how they were asked. */
  reached: Record<ProbeMeans, string[]>;
}

/** `tcp`: the page on port 80 was read; `udp`: a datagram to port 53 was answered, if only by "port unreachable"; `icmp`: an echo came back. */
export type ProbeMeans = (typeof probeMeans)[number];

export const probeMeans = ["tcp", "udp", "icmp"] as const;

/**
 * Longest wait for an answer. Packets to a network that is closed off are dropped, and the engine asks elsewhere for names it does not know: both take all of it,
 * where containers of one engine answer in less than 1 ms.
 */
const answerTimeoutSeconds = 3;

/**
 * What is expected to answer comes first and one after the other, so that it is not late for lack of a processor; then all the rest at once, which only waits (as nslookup does even when it is
 * refused). A datagram
 * is sent again, as kernels limit how many of them they refuse in a second (icmp(7), icmp_msgs_per_sec).
 * Words are names, "--", addresses, "--", then the same of what is not expected to answer. What comes out is "name NAME ADDRESS..." and "MEANS ADDRESS".
 */
const script = `
PATH=/bin
name() {
  addresses=$(timeout ${answerTimeoutSeconds} nslookup -type=a "$1" 127.0.0.11 2>/dev/null | awk '/^Name:/ { on = 1 } on && /^Address/ { print $NF }' | sort | tr '\\n' ' ')
  echo "name $1 $addresses"
}
tcp() { timeout ${answerTimeoutSeconds} wget -q -O - "http://$1/" >/dev/null 2>&1 && echo "tcp $1"; }
udp() {
  for attempt in $(seq ${answerTimeoutSeconds}); do
    timeout 1 nslookup -type=a x.test "$1" 2>&1 | grep -q refused && echo "udp $1" && return
  done
}
icmp() { ping -c 1 -W ${answerTimeoutSeconds} "$1" >/dev/null 2>&1 && echo "icmp $1"; }
while [ "$1" != -- ]; do name "$1"; shift; done; shift
while [ "$1" != -- ]; do tcp "$1"; icmp "$1"; udp "$1" & shift; done; shift
while [ "$1" != -- ]; do name "$1" & shift; done; shift
for address; do tcp "$address" & udp "$address" & icmp "$address" & done 2>/dev/null
wait
exit 0
`;

/** Names and addresses to ask for. */
export interface ProbeTargets {
  names: readonly string[];
  addresses: readonly string[];
}

/** Asks from inside a container for names and addresses, by the programs of its image, as root: an echo needs a right that others lack. `near` is what is expected to answer. */
export async function probeFrom(container: string, near: ProbeTargets, far: ProbeTargets): Promise<ProbeResult> {
  const targets = [...near.names, "--", ...near.addresses, "--", ...far.names, "--", ...far.addresses];
  const words = ["/bin/busybox", "sh", "-c", script, "sh", ...targets];
  const args = ["container", "exec", "--user", "0", "--workdir", "/", container, ...words];
  const { exitCode, stdout, stderr } = await exec("docker", args, { timeoutMs: 60_000 });
  if (exitCode !== 0) throw new Error(`probe in ${container} ended with ${exitCode}: ${stdout}${stderr}`);
  const result: ProbeResult = { names: {}, reached: { tcp: [], udp: [], icmp: [] } };
  for (const line of stdout.split("\n")) {
    const [kind = "", subject = "", ...rest] = line.trim().split(" ");
    if (kind === "name") result.names[subject] = rest.filter((address) => address !== "").sort();
    const means = probeMeans.find((candidate) => candidate === kind);
    if (means !== undefined) result.reached[means].push(subject);
  }
  for (const means of probeMeans) result.reached[means].sort();
  return result;
}
