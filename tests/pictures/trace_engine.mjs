// node trace_engine.mjs PROGRAM [OPTION]...: runs the program with --trace, and lets the trace engine
// of Chrome's DevTools read the trace: it finds the names of the process and the threads, and makes one
// tree of each thread's slices, with all of them in it. Status 77: the engine is not installed.
import fs from 'node:fs';
import path from 'node:path';
import {spawnSync} from 'node:child_process';
import {pathToFileURL} from 'node:url';

const engine = '@paulirish/trace_engine/models/trace/trace.js';
const folders = [...(process.env.NODE_PATH ?? '').split(':').filter((folder) => folder),
  path.resolve(process.execPath, '../../lib/node_modules'),
  '/usr/local/lib/node_modules', '/usr/lib/node_modules'];
const found = folders.map((folder) => path.join(folder, engine)).find(fs.existsSync);

if (found === undefined) {
  console.log('skipped: not installed: npm install --global @paulirish/trace_engine@0.0.65');
  process.exit(77);
}

// What the engine takes from a browser, and from a Node newer than Debian's.
globalThis.DOMRect = class {};
URL.parse ??= () => null;
const {TraceModel, Helpers} = await import(pathToFileURL(found));

function require(isTrue, words) {
  if (isTrue)
    return;
  console.log(`not so: ${words}`);
  process.exit(1);
}

function countNodes(node) {
  return node.children.reduce((count, child) => count + countNodes(child), 1);
}

const run = spawnSync(process.argv[2], [...process.argv.slice(3), '--trace=/dev/stdout'],
  {maxBuffer: 1 << 30});
const events = JSON.parse(run.stdout).traceEvents;
const tracks = new Map();
let slices = 0, deepest = 0;

for (const event of events.filter((event) => event.ph === 'X')) {
  const track = `${event.pid} ${event.tid}`;
  tracks.set(track, [...(tracks.get(track) ?? []), event]);
  slices++;
}
for (const [track, itsSlices] of tracks) {
  Helpers.Trace.sortTraceEventsInPlace(itsSlices);
  require(Helpers.TreeHelpers.canBuildTreesFromEvents(itsSlices), `slices of ${track} make trees`);
  const {tree} = Helpers.TreeHelpers.treify(itsSlices, {filter: {has: () => true}});
  require(tree.roots.size === 1, `the slices of ${track} make one tree`);
  require(countNodes([...tree.roots][0]) === itsSlices.length, `all slices of ${track} are in its tree`);
  deepest = Math.max(deepest, tree.maxDepth);
}

const model = TraceModel.Model.createWithAllHandlers();
await model.parse(events, {});
const {Meta} = model.parsedTrace().data;
const names = [...Meta.processNames.values()].map((event) => event.args.name);
const threads = [...Meta.threadsInProcess.values()].reduce((count, those) => count + those.size, 0);
require(threads === tracks.size, `${threads} threads have names, ${tracks.size} have slices`);
console.log(`${names.join('; ')}: ${threads} threads, ${slices} slices, ${deepest} deep`);
