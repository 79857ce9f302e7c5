import type { DetectedMechanism, ResolverMechanism } from "../resolver/detect.ts";
import { type Finding, found } from "./check.ts";
import type { LookUp } from "./look-up-names.ts";

/** What was seen of the operating system's resolver. */
export interface ResolverFacts {
  mechanism: DetectedMechanism;
  /** Our DNS server's. */
  port: number;
  suffixes: readonly SuffixFacts[];
}

/** What was seen of it for one of the suffixes that names of environments end in. */
export interface SuffixFacts {
  suffix: string;
  /** Whether our DNS server was asked when a name that nobody had asked for before was looked up. */
  hasArrived: boolean;
  /**
   * A name that our DNS server has, with its addresses there, sorted, and what the resolver said; null: nothing in
   * time.
   */
  known: { name: string; addresses: readonly string[]; lookUp: LookUp | null };
  /** The file by which it is told of us, and its text; null where none is known, or where there is none. */
  setup: { path: string; text: string | null } | null;
}

/** Says whether this machine's programs find the names, and if not, what stands between. */
export function judgeResolver({ mechanism, port, suffixes }: ResolverFacts): Finding[] {
  const verdicts = suffixes.map((facts) => ({ facts, finding: judgeSuffix(facts, mechanism, port) }));
  const well = verdicts.filter(({ finding }) => finding === null).map(({ facts }) => `.${facts.suffix}`);
  const bad = verdicts.flatMap(({ finding }) => (finding === null ? [] : [finding]));
  const isSetUp = suffixes.some(({ hasArrived, setup }) => hasArrived || (setup?.text ?? null) !== null);
  // Where nothing is set up, "cilo dns setup" tells them.
  const warnings = isSetUp ? mechanism.warnings : [];
  return [
    ...(well.length === 0 ? [] : [found("ok", `this machine's programs find names below ${well.join(", ")}`)]),
    ...bad,
    ...warnings.map((text) => found("warning", text)),
  ];
}

/** Null when all is well. */
function judgeSuffix(facts: SuffixFacts, mechanism: DetectedMechanism, port: number): Finding | null {
  const { suffix, hasArrived, known } = facts;
  const { name, addresses, lookUp } = known;
  const got = lookUp !== null && "addresses" in lookUp ? lookUp.addresses : null;
  const isRight = got?.join() === addresses.join();
  if (hasArrived) return isRight ? null : judgeAnswer(known, mechanism.mechanism);
  // The server's own name is that of every CILO_HOME's; an environment's addresses nobody else knows.
  if (isRight && !name.startsWith("ns.")) return null;
  if (isRight) {
    return found("warning", `another DNS server answers for .${suffix} here, that of another CILO_HOME perhaps`, {
      hint: "stop the other, or have the resolver ask this one:",
      command: "cilo dns setup",
    });
  }
  return notSent(facts, mechanism, port);
}

/** The resolver asks us, and says something else. */
function judgeAnswer({ name, addresses, lookUp }: SuffixFacts["known"], mechanism: ResolverMechanism): Finding {
  if (lookUp === null)
    return found("warning", `the system's resolver asks cilo, and does not come to an end for ${name}`);
  if ("failure" in lookUp) {
    return found("warning", `the system's resolver asks cilo, and fails for ${name} (${lookUp.failure})`, {
      command: `getent ahosts ${name}`,
    });
  }
  const remembered = lookUp.addresses.length === 0 ? "that there is no such name" : lookUp.addresses.join(", ");
  return found("warning", `for ${name} this machine's programs are told ${remembered}, not ${addresses.join(", ")}`, {
    hint: "/etc/hosts has the name, or the resolver remembers an older answer:",
    command: flushCommands[mechanism] ?? `grep ${name} /etc/hosts`,
  });
}

/** What makes a resolver forget. */
const flushCommands: Partial<Record<ResolverMechanism, string>> = {
  "dns-delegate": "resolvectl flush-caches",
  "resolved-drop-in": "resolvectl flush-caches",
  "networkmanager-dnsmasq": "sudo nmcli general reload dns-full",
  dnsmasq: "sudo systemctl restart dnsmasq",
  "macos-resolver": "sudo dscacheutil -flushcache; sudo killall -HUP mDNSResponder",
};

/** A machine that was never told of us works as it is meant to; one that was does not. */
function notSent({ suffix, setup }: SuffixFacts, { reason }: DetectedMechanism, port: number): Finding {
  const text = setup?.text ?? null;
  if (setup === null || text === null) {
    return found(
      "warning",
      `this machine's programs do not find names below .${suffix}: its resolver does not ask cilo`,
      {
        hint: `${reason}; to see what to do about it:`,
        command: "cilo dns setup",
      },
    );
  }
  const why = text.includes(String(port))
    ? "its resolver was not started anew since, or does not heed it"
    : `the DNS server listens on port ${port}, which is not in it`;
  return found(
    "problem",
    `this machine's programs do not find names below .${suffix}, although ${setup.path} is there: ${why}`,
    {
      hint: "to set it up anew:",
      command: "cilo dns setup",
    },
  );
}
