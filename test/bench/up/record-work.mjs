// Preloaded into a cilo whose work is looked at: notes every program it runs, every request to the engine and every wait for the
// disk, and writes it down as JSON lines at the end. The times are milliseconds since the process began.
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";

const entries = [{ kind: "loaded", what: "Node.js has started", atMs: performance.now(), endMs: performance.now() }];

function begin(kind) {
  const entry = { kind, what: "", atMs: performance.now(), endMs: null };
  entries.push(entry);
  return entry;
}

subscribe("child_process", ({ process: child }) => {
  const entry = begin("program");
  // The arguments are known once it has been started.
  queueMicrotask(() => {
    entry.what = child.spawnargs.join(" ");
  });
  child.once("exit", () => {
    entry.endMs = performance.now();
  });
});

subscribe("http.client.request.start", ({ request }) => {
  const entry = begin("request");
  entry.what = `${request.method} ${decodeURIComponent(request.path)}`;
  request.once("response", (response) =>
    response.once("end", () => {
      entry.endMs = performance.now();
    }),
  );
});

const file = await open(process.execPath);
const handle = Object.getPrototypeOf(file);
await file.close();
const { sync } = handle;
handle.sync = async function recordedSync() {
  const entry = begin("disk");
  await sync.call(this);
  entry.endMs = performance.now();
};

process.on("exit", () => {
  entries.push({ kind: "end", what: "the command ends", atMs: performance.now(), endMs: performance.now() });
  writeFileSync(process.env.CILO_BENCH_RECORD, JSON.stringify(entries));
});
