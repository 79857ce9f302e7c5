// Preloaded into a cilo that a test watches: writes down every file that is loaded.
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

registerHooks({
  load(url, context, nextLoad) {
    appendFileSync(process.env.CILO_TEST_LOADS, `${url}\n`);
    return nextLoad(url, context);
  },
});
