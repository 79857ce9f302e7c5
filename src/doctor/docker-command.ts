import { shellQuote } from "../resolver/shell-quote.ts";
import type { Survey } from "./survey.ts";

/**
 * How the docker program is called so that it speaks to the environments' engine: "docker", as long as that is its own
 * choice.
 */
export async function dockerCommand(survey: Survey): Promise<string> {
  const { runtime } = await survey.engine();
  const { endpoint } = await survey.context.resolveEndpoint();
  return runtime.endpoint === endpoint ? "docker" : `docker --host ${shellQuote(runtime.endpoint)}`;
}
