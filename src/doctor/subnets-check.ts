import { type SubnetSurvey, type SurveyedNetwork, surveySubnets } from "../controller/subnets/survey-subnets.ts";
import { type Check, type Finding, found } from "./check.ts";

/** Fewer free subnets than this are soon used up. */
const fewSubnets = 5;

/**
 * No subnet of an environment is used by another network on the engine or a route of the host, and there are more to
 * give.
 */
export const subnetsCheck: Check = {
  name: "subnets",
  async run(survey) {
    const state = await survey.state();
    const { networks } = await survey.objects();
    return judgeSubnets(surveySubnets(state, { networks, routes: await survey.machine.routes() }));
  },
};

/** Says which subnets of environments are not theirs alone, and where packets may go astray. */
export function judgeSubnets({ environments, pools, warnings }: SubnetSurvey): Finding[] {
  const bad = environments.flatMap(({ key, networks }) => networks.flatMap((network) => judgeNetwork(key, network)));
  const low = pools.flatMap(({ purpose, cidr, free, size }) =>
    // Of the block for kept networks most have no use.
    purpose === "environments" && free < fewSubnets
      ? [
          found("warning", `only ${free} of ${size} subnets of ${cidr} are free`, {
            hint: "destroy environments that are not needed; to see who has them:",
            command: "cilo network status",
          }),
        ]
      : [],
  );
  const count = environments.reduce((sum, { networks }) => sum + networks.length, 0);
  const clashing = bad.some(({ severity }) => severity !== "info");
  const [{ cidr = "" } = {}] = pools;
  const had = count === 0 ? "no subnet" : count === 1 ? "1 subnet" : `${count} subnets`;
  const alone = count === 0 || bad.length > 0 ? "" : `; nobody else uses ${count === 1 ? "it" : "them"}`;
  const well = clashing || low.length > 0 ? [] : [found("ok", `environments have ${had} of ${cidr}${alone}`)];
  return [...well, ...bad, ...low, ...warnings.map((text) => found("info", text))];
}

function judgeNetwork(key: string, { subnet, state, problem, engineSubnets }: SurveyedNetwork): Finding[] {
  const message = `${subnet} of ${key}: ${problem}`;
  const advice = { hint: "to give it another subnet:", command: `cilo network migrate --env ${key}` };
  switch (state) {
    case "ok":
      return [];
    case "outside":
      return [found("info", message, advice)];
    case "conflict":
      // A network that is not there yet is made with another subnet.
      return engineSubnets?.length === 0
        ? [found("info", `${message}; the next "cilo up ${key}" takes another`)]
        : [found("problem", `${message} as well, and packets may end there`, advice)];
    case "differs":
      return [found("problem", message, { command: `cilo down ${key} && cilo up ${key}` })];
  }
}
