import { keyOf } from "../../model/environment.ts";
import type { Difference } from "./difference.ts";
import type { Plan, PlanNotice } from "./plan-step.ts";

type OfEnvironment = Extract<
  Difference,
  {
    type:
      | "under-way"
      | "drifted"
      | "lost-network"
      | "missing-workspace"
      | "misanswered"
      | "still-answered"
      | "other-daemon"
      | "unreachable-daemon"
      | "unreachable-engine";
  }
>;

const restart = "cilo dns stop; cilo dns start --detach";

/** Decides what becomes of an environment's record and names, and says what only its user can mend. */
export function planForEnvironment(difference: OfEnvironment): Plan {
  switch (difference.type) {
    case "drifted":
    case "misanswered": {
      const { environment, changes } = difference;
      const action = difference.type === "drifted" ? "record-facts" : "publish";
      const cause = changes.join("; ");
      const step = { action, environmentId: environment.id, subject: keyOf(environment), cause } as const;
      return { steps: [{ ...step, destructive: false }], notices: [] };
    }
    case "still-answered": {
      const { environmentId, key: subject } = difference;
      const cause = "the DNS server answers for it, and it is no more";
      return { steps: [{ action: "withdraw", environmentId, subject, cause, destructive: false }], notices: [] };
    }
    default:
      return { steps: [], notices: [toNotice(difference)] };
  }
}

function toNotice(
  difference: Exclude<OfEnvironment, { type: "drifted" | "misanswered" | "still-answered" }>,
): PlanNotice {
  switch (difference.type) {
    case "under-way": {
      const { key, holder } = difference;
      const cause = `"${holder.purpose}" is under way (pid ${holder.pid}): it is left alone`;
      return { subject: key, cause, command: `cilo status ${key}` };
    }
    case "lost-network": {
      const { environment, container, network } = difference;
      const key = keyOf(environment);
      const cause = `container ${container} was on a network ${network} that is gone; it can only be made anew`;
      return { subject: key, cause, command: `cilo up ${key}` };
    }
    case "missing-workspace": {
      const key = keyOf(difference.environment);
      const cause = `its workspace is gone: ${difference.path}`;
      return { subject: key, cause, command: `cilo destroy ${key}` };
    }
    case "other-daemon":
      return { subject: "DNS server", cause: describeDaemon(difference), command: restart };
    case "unreachable-daemon":
      return { subject: "DNS server", cause: difference.problem, command: "cilo dns status" };
    case "unreachable-engine": {
      const cause = `${difference.problem}; what needs the engine waits`;
      return { subject: "engine", cause, command: "cilo doctor" };
    }
  }
}

function describeDaemon({ daemon, reason, revision }: Extract<OfEnvironment, { type: "other-daemon" }>): string {
  switch (reason) {
    case "installation":
      return `the one that runs (pid ${daemon.pid}) serves another installation's state`;
    case "revision":
      return `the one that runs (pid ${daemon.pid}) answers from revision ${daemon.revision}, state is at ${revision} only`;
    case "version":
      return `the one that runs (pid ${daemon.pid}) is of another version of cilo and does not say what it answers`;
  }
}
