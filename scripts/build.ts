import { rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist`;
// The program in use is replaced once there is a new one: a build that fails leaves it as it was.
const outdir = `${root}dist-${process.pid}`;

const common: BuildOptions = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  platform: "node",
  target: "node22.18",
  minifySyntax: true,
  minifyWhitespace: true,
  // Names stay, so that a stack in a bug report can be read.
  keepNames: false,
  legalComments: "linked",
  logLevel: "warning",
};

/**
 * The program, as one CommonJS file, because every start pays for what Node.js does with it: each further file costs
 * more than a hundred kilobytes in this one, the loader of ES modules has a cost of its own, and an `import` of one of
 * Node's own modules reads all it exports, which loads parts of Node that nobody asked for. What the source imports late
 * is in the file as well, but is set up only when it is wanted.
 */
const program: BuildOptions = {
  ...common,
  entryPoints: { cilo: "src/cli.ts" },
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  define: { "import.meta.dirname": "__dirname" },
  plugins: [leaveApart(["dockerode", "execa"])],
};

/** What is large and needed by few commands, or by those alone that wait for other programs. */
const packages: BuildOptions = {
  ...common,
  entryPoints: { dockerode: "dockerode", execa: "execa" },
  format: "esm",
  // CommonJS packages in an ES module bundle still ask for these.
  banner: {
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      "const require = __createRequire(import.meta.url);",
      "const __filename = import.meta.filename;",
      "const __dirname = import.meta.dirname;",
    ].join("\n"),
  },
  // Optional native parts of ssh2, which does without them.
  external: ["cpu-features"],
  loader: { ".node": "empty" },
};

/** Has the program read these packages from files of their own, when it imports them. */
function leaveApart(names: readonly string[]): Plugin {
  return {
    name: "leave-apart",
    setup({ onResolve }) {
      onResolve({ filter: new RegExp(`^(${names.join("|")})$`) }, ({ path }) => ({
        path: `./${path}.js`,
        external: true,
      }));
    },
  };
}

try {
  await Promise.all([build(program), build(packages)]);
  await rm(dist, { recursive: true, force: true });
  await rename(outdir, dist);
} finally {
  await rm(outdir, { recursive: true, force: true });
}
