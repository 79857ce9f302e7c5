#!/usr/bin/env node
// Plain old JavaScript: it must still be read by a Node.js that is too old for the program itself.
"use strict";

var minimum = [22, 18];
var version = process.versions.node.split(".").map(Number);

if (version[0] < minimum[0] || (version[0] === minimum[0] && version[1] < minimum[1])) {
  process.stderr.write(
    "cilo: needs Node.js " +
      minimum.join(".") +
      " or newer, this is " +
      process.versions.node +
      " (" +
      process.execPath +
      ") [CILO_NODE_TOO_OLD]\n" +
      "hint: install a current Node.js, then run the same command again\n",
  );
  process.exit(3);
}

// Node.js spares users the deprecations of packages in node_modules; what the bundle holds of them (docker-modem's url.parse, DEP0169) it takes for our own.
process.noDeprecation = true;

var enableCompileCache = require("node:module").enableCompileCache;
if (enableCompileCache) enableCompileCache();

require("../dist/cilo.cjs")
  .main(process.argv.slice(2), process.env)
  .then((exitCode) => {
    process.exitCode = exitCode;
  });
