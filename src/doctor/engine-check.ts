import { type EngineObjects, isOwn } from "../controller/conflicts.ts";
import { keyOf } from "../model/environment.ts";
import { networkNamesOf } from "../model/kept-networks.ts";
import { type Check, type Finding, found } from "./check.ts";
import { ifKnown } from "./if-known.ts";
import type { Knock } from "./knock.ts";
import type { Survey } from "./survey.ts";

/** So many environments are knocked at: what keeps packets away keeps them from all. */
const maxKnocks = 8;

/** The engine answers, is the one the environments live on, and its containers can be reached from here. */
export const engineCheck: Check = {
  name: "engine",
  async run(survey) {
    const { facts } = await survey.engine();
    const answering = found("ok", `Docker Engine ${facts.version} at ${facts.endpoint}`);
    if (facts.unreachableBecause !== null) return [answering, found("problem", facts.unreachableBecause)];
    return [answering, ...(await knockAtContainers(survey))];
  },
};

interface Target {
  address: string;
  /** "cilo-shop-login-web-1 of shop/login" */
  container: string;
}

async function knockAtContainers(survey: Survey): Promise<Finding[]> {
  const targets = await findTargets(survey, await survey.objects());
  const knocks = await Promise.all(
    targets.map(async (target) => ({ target, knock: await survey.machine.knock(target.address) })),
  );
  const missed = knocks.filter(({ knock }) => knock.result !== "answered");
  if (missed.length === 0) return [];
  // One that has ended meanwhile answers nobody.
  const { runtime } = await survey.engine();
  const still = await findTargets(survey, { containers: await runtime.listContainers({}) });
  return missed
    .filter(({ target }) => still.some(({ address }) => address === target.address))
    .map(({ target, knock }) => reportMissed(target, knock));
}

async function findTargets(survey: Survey, { containers }: Pick<EngineObjects, "containers">): Promise<Target[]> {
  const state = await ifKnown(survey.state());
  if (state === null) return [];
  return Object.values(state.hosts.local.environments)
    .flatMap((environment) => {
      const networks = [...networkNamesOf(environment).values()];
      const own = containers.filter(
        ({ labels, state: status }) => status === "running" && isOwn(environment, state.installation, labels),
      );
      const addresses = own.flatMap(({ name, addresses }) =>
        networks.flatMap((network) =>
          addresses[network] === undefined ? [] : [{ name, address: addresses[network] }],
        ),
      );
      const [first] = addresses;
      return first === undefined
        ? []
        : [{ address: first.address, container: `${first.name} of ${keyOf(environment)}` }];
    })
    .slice(0, maxKnocks);
}

function reportMissed({ address, container }: Target, knock: Knock): Finding {
  const command = process.platform === "darwin" ? `route -n get ${address}` : `ip route get ${address}`;
  if (knock.result === "unreachable") {
    return found("problem", `${container} cannot be reached from this machine: ${knock.reason}`, {
      hint: "a firewall or a VPN may be in the way; to see where packets go:",
      command,
    });
  }
  return found("warning", `${container} says nothing to this machine at ${address}`, {
    hint: "a firewall or a VPN may swallow packets; to see where they go:",
    command,
  });
}
