// The program from its source, for profiles that name functions and files: what bin/cilo.cjs does with the bundle.
import { main } from "../../../src/cli.ts";

process.exitCode = await main(process.argv.slice(2), process.env);
