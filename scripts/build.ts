import { rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist`;
// The program in use is replaced once there is a new one: a build that fails leaves it as it was.
const outdir = `${root}dist-${process.pid}`;

// CommonJS packages in an ES module bundle still ask for these.
const banner = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = import.meta.filename;",
  "const __dirname = import.meta.dirname;",
].join("\n");

try {
  await build({
    absWorkingDir: root,
    entryPoints: { cilo: "src/cli.ts" },
    outdir,
    bundle: true,
    // What a command does not need stays in files of its own that are never read.
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node22.18",
    minifySyntax: true,
    minifyWhitespace: true,
    // Names stay, so that a stack in a bug report can be read.
    keepNames: false,
    legalComments: "linked",
    banner: { js: banner },
    // Optional native parts of ssh2, which does without them.
    external: ["cpu-features"],
    loader: { ".node": "empty" },
    logLevel: "warning",
  });
  await rm(dist, { recursive: true, force: true });
  await rename(outdir, dist);
} finally {
  await rm(outdir, { recursive: true, force: true });
}
