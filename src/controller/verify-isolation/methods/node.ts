import type { ProbeMethod } from "./probe-method.ts";

const connectScript = `
const net = require("net"), fs = require("fs");
const [limit, ...rest] = process.argv.slice(1);
for (let i = 0; 2 * i + 1 < rest.length; i += 1) {
  let isDone = false;
  const end = (text) => { if (!isDone) fs.writeSync(1, i + " " + text + "\\n"); isDone = true; socket.destroy(); };
  const socket = net.connect({ host: rest[2 * i], port: Number(rest[2 * i + 1]) });
  socket.on("connect", () => end("0"));
  socket.on("error", (error) => end("1 " + (error.code || error.message)));
  setTimeout(() => end("1 timed out"), limit * 1000).unref();
}
`;

const lookupScript = `
const dns = require("dns"), fs = require("fs");
const [limit, ...names] = process.argv.slice(1);
const resolver = new dns.Resolver({ timeout: limit * 1000, tries: 1 });
resolver.setServers(["127.0.0.11"]);
names.forEach((name, i) => resolver.resolve4(name, (error, found) =>
  fs.writeSync(1, i + (error ? " 1 " + (error.code || error.message) : " 0 " + found.join(" ")) + "\\n")));
setTimeout(() => process.exit(), limit * 1000 + 500).unref();
`;

export const nodeConnectMethod = nodeMethod(connectScript);
export const nodeLookupMethod = nodeMethod(lookupScript);

function nodeMethod(script: string): ProbeMethod {
  return {
    name: "node",
    command: (questions, timeoutSeconds) => ["node", "-e", script, "--", String(timeoutSeconds), ...questions],
  };
}
