// Which functions the page and its engine enter until somebody can connect: the lists that
// scripts/split.sh splits by. Run by `make start-lists` over a build that notes it.
//
//   node benches/page/start_lists.mjs --dist=FOLDER --npm=FOLDER --into=FOLDER
import fs from "node:fs";
import path from "node:path";
import { chromium, serve } from "./browser.mjs";
import { option } from "./options.mjs";

const dist = path.resolve(option("dist", "dist"));
const into = path.resolve(option("into", "scripts/start"));

/** Keeps the exports of what is instantiated. Runs in the page and in the worker. */
const keep = `globalThis.notes = () => {
  const { memory, entered } = globalThis.watched;
  return new Uint8Array(memory.buffer, entered.value).slice();
};
for (const name of ["instantiate", "instantiateStreaming"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (source, imports) => {
    const made = await original.call(WebAssembly, source, imports);
    globalThis.watched = (made.instance ?? made).exports;
    return made;
  };
}
`;
/** The page goes on when it is idle: here it never is, so that nothing but its start is noted. */
const startOnly = "globalThis.requestIdleCallback = () => 0;\n";
/** The engine has started when it has said its first word. */
const atFirstWord = `const post = globalThis.postMessage;
globalThis.postMessage = (...what) => {
  globalThis.postMessage = post;
  const notes = globalThis.notes();
  globalThis.notes = () => notes;
  post(...what);
};
`;

const names = {};
for (const file of fs.readdirSync(dist, { recursive: true }).map(String))
  if (file.endsWith("_bg.txt"))
    names[path.basename(file).startsWith("engine") ? "engine" : "console"] = fs
      .readFileSync(path.join(dist, file), "utf8")
      .split("\n");
const needed = { console: new Set(), engine: new Set() };
const note = async (program, where) => {
  const list = names[program];
  const numbers = await where.evaluate(
    "Array.from(notes().entries()).filter(([, note]) => note === 1).map(([at]) => at)",
  );
  for (const at of numbers.filter((at) => at < list.length)) needed[program].add(list[at]);
};

const server = await serve(
  { "/": dist },
  { before: (file) => (file.endsWith("engine_loader.js") ? keep + atFirstWord : "") },
);
const browser = await chromium();
const visit = async (page) => {
  await page.goto(server.url);
  await page.waitForSelector("[data-testid=connect]:not([aria-disabled=true])");
  // Its clock ticks, and the engine says its first word.
  await page.waitForTimeout(1500);
  // Who presses this early is told to wait.
  await page.click("[data-testid=connect]");
  await page.waitForSelector("[data-testid=connect][aria-disabled=true]");
  await note("console", page);
  await note("engine", page.workers()[0]);
};
for (const locale of ["en-US", "zh-CN"]) {
  const context = await browser.newContext({ locale, viewport: { width: 1280, height: 800 } });
  await context.addInitScript(keep + startOnly);
  const page = await context.newPage();
  // A later visit needs more, and has the rest in the browser's cache.
  await visit(page);
  await context.close();
}
await browser.close();
server.close();
fs.mkdirSync(into, { recursive: true });
for (const [program, list] of Object.entries(needed)) {
  const lines = [...list].filter(Boolean).sort();
  fs.writeFileSync(path.join(into, `${program}.txt`), `${lines.join("\n")}\n`);
  console.log(`${program}: ${lines.length} of ${new Set(names[program]).size} functions`);
}
