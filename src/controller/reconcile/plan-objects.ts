import { keyOf } from "../../model/environment.ts";
import { isLive } from "../../model/observation.ts";
import type { Difference, OrphanOwner, SurplusReason } from "./difference.ts";
import type { StrayFile } from "./observation.ts";
import type { Plan, PlanStep } from "./plan-step.ts";

type OfObject = Extract<
  Difference,
  { type: "surplus-container" | "odd-network" | "orphan-container" | "orphan-network" | "orphan-volume" | "stray-file" }
>;

/** Decides what becomes of engine objects and files that nobody accounts for. */
export function planForObject(difference: OfObject): Plan {
  switch (difference.type) {
    case "surplus-container":
      return planSurplus(difference);
    case "odd-network":
      return planOddNetwork(difference);
    case "orphan-network":
      return planOrphanNetwork(difference);
    case "orphan-container":
      return only(removeOrphanContainer(difference));
    case "orphan-volume": {
      const { owner, name } = difference;
      return only({
        action: "remove-volume",
        environmentId: owner.environmentId,
        volume: name,
        subject: `volume ${name}`,
        cause: `${lostOwner(owner)}; its data go with it`,
        destructive: true,
      });
    }
    case "stray-file":
      return only(removeFile(difference.file));
  }
}

const surplusCauses: Record<SurplusReason, (key: string) => string> = {
  "one-off": (key) => `a one-off container of ${key} that has ended; its files and its log go with it`,
  replaced: (key) => `Compose was cut off while it put another container of ${key} in its place`,
  "unknown-service": (key) => `${key} has no service of its kind any more`,
  "stale-probe": (key) => `it was made to look into ${key} for a moment, which is over`,
};

function planSurplus(difference: Extract<OfObject, { type: "surplus-container" }>): Plan {
  const { environment, container, reason } = difference;
  const key = keyOf(environment);
  const subject = `container ${container.name}`;
  const isProbe = reason === "stale-probe";
  const isUnread = reason === "unknown-service" && Object.keys(environment.services).length === 0;
  if (isUnread || (isLive(container) && !isProbe)) {
    const cause = isUnread
      ? `state knows no services of ${key}, to which it belongs`
      : `${surplusCauses[reason](key)}, and it runs`;
    return { steps: [], notices: [{ subject, cause, command: `cilo up ${key}` }] };
  }
  return only({
    action: "remove-container",
    environmentId: environment.id,
    containerId: container.id,
    isOrphan: isProbe,
    subject,
    cause: surplusCauses[reason](key),
    destructive: reason === "one-off",
  });
}

function planOddNetwork(difference: Extract<OfObject, { type: "odd-network" }>): Plan {
  const { environment, network, reason, expected, users } = difference;
  const key = keyOf(environment);
  const subject = `network ${network.name}`;
  const cause = {
    subnet: `its subnet is ${network.subnets.join(", ") || "none"}, ${key} was given ${expected}`,
    duplicate: `${key} has another network of this name`,
    unknown: `${key} has no network of this name`,
  }[reason];
  if (users.length > 0) {
    const used = `${cause}; ${users.join(", ")} ${users.length === 1 ? "is" : "are"} on it`;
    return { steps: [], notices: [{ subject, cause: used, command: `cilo down ${key} && cilo up ${key}` }] };
  }
  const { id: networkId } = network;
  return only({
    action: "remove-network",
    environmentId: environment.id,
    networkId,
    subject,
    cause,
    destructive: false,
  });
}

function removeOrphanContainer(difference: Extract<OfObject, { type: "orphan-container" }>): PlanStep {
  const { owner, container, anonymousVolumes } = difference;
  const count = anonymousVolumes.length;
  const volumes =
    count === 0
      ? ""
      : `; ${count} ${count === 1 ? "volume" : "volumes"} without a name ${count === 1 ? "goes" : "go"} with it`;
  const runs = isLive(container) ? "; it runs" : "";
  return {
    action: "remove-container",
    environmentId: owner.environmentId,
    containerId: container.id,
    isOrphan: true,
    subject: `container ${container.name}`,
    cause: `${lostOwner(owner)}${runs}${volumes}`,
    destructive: isLive(container) || count > 0,
  };
}

function planOrphanNetwork(difference: Extract<OfObject, { type: "orphan-network" }>): Plan {
  const { owner, network, isInUse, strangers } = difference;
  const subject = `network ${network.name}`;
  const [stranger] = strangers;
  if (stranger !== undefined) {
    const cause = `${lostOwner(owner)}, but ${strangers.join(", ")} of somebody else is on it`;
    return {
      steps: [],
      notices: [{ subject, cause, command: `docker network disconnect ${network.name} ${stranger}` }],
    };
  }
  return only({
    action: "remove-network",
    environmentId: owner.environmentId,
    networkId: network.id,
    subject,
    cause: lostOwner(owner),
    // It cannot go before its containers, which somebody may want to keep.
    destructive: isInUse,
  });
}

function lostOwner({ key, environmentId, hasNamesake }: OrphanOwner): string {
  if (hasNamesake) return `left of an earlier ${key}`;
  return `left of ${key ?? `environment ${environmentId}`}, which is no more`;
}

const fileCauses: Record<StrayFile["kind"], string> = {
  copy: "half a workspace",
  temp: "half a file",
  lock: "the lock of an environment that is no more",
  trash: "an entry of the trash that was not finished",
  generated: "generated for an environment that is no more",
};

function removeFile(file: StrayFile): PlanStep {
  const maker = file.pid === null ? "" : `; process ${file.pid}, which made it, has ended`;
  const data = file.holdsData ? "; containers wrote in it" : "";
  return {
    action: "remove-files",
    file,
    subject: `file ${file.path}`,
    cause: `${fileCauses[file.kind]}${maker}${data}`,
    destructive: file.holdsData,
  };
}

function only(step: PlanStep): Plan {
  return { steps: [step], notices: [] };
}
