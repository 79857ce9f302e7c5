import type { DaemonStatus } from "../control/messages.ts";
import { defaultDnsPort } from "../model/state.ts";
import { formatEndpoint } from "../resolver/setup-options.ts";
import { type Check, type Finding, found } from "./check.ts";
import type { Survey } from "./survey.ts";

/** The DNS server has the port that it is to have, or could have it. */
export const portCheck: Check = {
  name: "port",
  async run(survey) {
    const place = await readPlace(survey);
    const daemon = await survey.daemon();
    if (place.port === 0) return [];
    return daemon === null ? await judgeFreePlace(survey, place) : judgeRunning(daemon, place);
  },
};

interface Place {
  address: string;
  port: number;
}

/** Where one would listen that is started now; port 0 takes a free one. */
async function readPlace({ context, settings, state }: Survey): Promise<Place> {
  const { dns } = await settings();
  const fromEnvironment = Number(context.env.CILO_DNS_PORT || Number.NaN);
  const chosen = Number.isInteger(fromEnvironment) ? fromEnvironment : dns.port;
  return { address: dns.address ?? "127.0.0.1", port: chosen ?? (await state()).dnsPort };
}

async function judgeFreePlace({ machine }: Survey, place: Place): Promise<Finding[]> {
  const at = formatEndpoint(place.address, place.port);
  if (!(await machine.isPortHeld(place))) return [found("ok", `${at} is free for the DNS server`)];
  const owner = await machine.portOwner(place);
  const holder = owner === null ? "a process of another user" : `${owner.command} (pid ${owner.pid})`;
  return [
    found("problem", `the DNS server cannot have ${at}: ${holder} listens there`, {
      hint: `end it, or choose another port: "port" under "dns" in config.yml, or with`,
      command: `cilo dns start --detach --port ${anotherPort(place.port)}`,
    }),
  ];
}

/** One that every user may listen on. */
function anotherPort(port: number): number {
  return port < 1_024 || port > 65_435 ? defaultDnsPort : port + 100;
}

/** The operating system was told of a port once. */
function judgeRunning(daemon: DaemonStatus, { port }: Place): Finding[] {
  if (daemon.port === port) return [found("ok", `port ${port} is the DNS server's`)];
  return [found("info", `the DNS server listens on port ${daemon.port}; the next one that is started takes ${port}`)];
}
