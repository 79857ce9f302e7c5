import { type EngineObjects, isOwn } from "../controller/conflicts.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { isSettled, judgeStatus, type ObservedServices, observeServices } from "../model/observation.ts";
import type { State } from "../model/state.ts";
import { type Check, type Finding, found } from "./check.ts";

/** Every environment that runs has all its services, and they do well. */
export const servicesCheck: Check = {
  name: "services",
  async run(survey) {
    return judgeServices(await survey.state(), await survey.objects());
  },
};

/** Says which environments lack a service; of one that an operation is at work on, that operation says how it ends. */
export function judgeServices(state: State, { containers }: Pick<EngineObjects, "containers">): Finding[] {
  const findings = Object.values(state.hosts.local.environments)
    .filter(({ operation }) => operation === null)
    .flatMap((environment) => {
      const own = containers.filter(({ labels }) => isOwn(environment, state.installation, labels));
      return judgeEnvironment(environment, observeServices(environment, own));
    });
  return findings.length === 0 ? [found("ok", "every environment that runs has all its services")] : findings;
}

function judgeEnvironment(environment: Environment, observed: ObservedServices): Finding[] {
  const status = judgeStatus(environment.status, observed);
  if (status !== "degraded" && status !== "failed") return [];
  const unsettled = Object.entries(observed)
    .filter(([, service]) => !isSettled(service))
    .map(([name, service]) => `${name} is ${service.status}`)
    .sort();
  const key = keyOf(environment);
  const why = unsettled.length === 0 ? "" : `: ${unsettled.join(", ")}`;
  return [
    found("warning", `${key} ${status === "failed" ? "has failed" : "is degraded"}${why}`, {
      command: `cilo up ${key}`,
    }),
  ];
}
