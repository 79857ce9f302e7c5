import { type Check, found } from "./check.ts";

/** The user's settings can be followed; there is nothing to say where there are none. */
export const configCheck: Check = {
  name: "config",
  async run(survey) {
    const names = Object.entries(await survey.settings()).flatMap(([section, values]) =>
      Object.keys(values).map((name) => `${section}.${name}`),
    );
    return names.length === 0 ? [] : [found("ok", `${survey.context.paths.configFile}: ${names.join(", ")}`)];
  },
};
