/**
 * Updates a state file again and again, adding one to a counter in it each time.
 * Arguments: CILO_HOME, how often. Prints the installation and the revision after each update.
 */
import { resolvePaths } from "../../src/base/paths.ts";
import { createStateStore } from "../../src/state/store.ts";

const [home = "", times = ""] = process.argv.slice(2);
const store = createStateStore({ paths: resolvePaths({ CILO_HOME: home }) });
for (let time = 0; time < Number(times); time += 1) {
  const { state } = await store.update((draft) => {
    Object.assign(draft, { counter: ("counter" in draft ? Number(draft.counter) : 0) + 1 });
  });
  process.stdout.write(`${state.installation} ${state.revision}\n`);
}
