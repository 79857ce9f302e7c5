/**
 * Adds an environment to a state file.
 * Arguments: CILO_HOME, the environment's name.
 */
import { resolvePaths } from "../../src/base/paths.ts";
import { createStateStore } from "../../src/state/store.ts";
import { addEnvironment } from "../state/temporary-home.ts";

const [home = "", name = ""] = process.argv.slice(2);
const store = createStateStore({ paths: resolvePaths({ CILO_HOME: home }) });
await store.update((draft) => {
  addEnvironment(draft, { id: name, name });
});
