// The page beside bare pages, in one run: see README.md.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import zlib from "node:zlib";
import { chromium as launch, detachable, npm, serve } from "./browser.mjs";
import { list, option } from "./options.mjs";
import { builtIn } from "./targets.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.resolve(option("dist", "dist"));
const only = new Set(list("only", "start,flood,roundtrip,full"));
const rates = list("rates", "1000,5000,20000").map(Number);
const seconds = Math.min(Number(option("secs", 20)), 60);
const runs = Number(option("runs", 3));
const SIZE = 200;

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
const sorted = (values) => values.filter(Number.isFinite).sort((a, b) => a - b);
const quantile = (values, part) => {
  const all = sorted(values);
  return all[Math.min(all.length - 1, Math.floor(part * all.length))];
};
const median = (values) => quantile(values, 0.5);
const round = (value, digits = 2) => (Number.isFinite(value) ? Number(value.toFixed(digits)) : "–");
const shown = (values, digits) => {
  const all = sorted(values);
  return all.length === 0
    ? "–"
    : `${round(median(all), digits)} (${round(all[0], digits)}..${round(all.at(-1), digits)})`;
};

const freePort = () =>
  new Promise((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

async function broker() {
  const [tcp, ws] = [await freePort(), await freePort()];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "page-bench-"));
  fs.chmodSync(folder, 0o755);
  const file = path.join(folder, "mosquitto.conf");
  fs.writeFileSync(
    file,
    `listener ${tcp} 127.0.0.1\nlistener ${ws} 127.0.0.1\nprotocol websockets\n` +
      "allow_anonymous true\npersistence false\nset_tcp_nodelay true\n" +
      "max_queued_messages 0\nlog_dest none\n",
  );
  const child = spawn("mosquitto", ["-c", file], { stdio: "ignore" });
  for (let tries = 0; tries < 100; tries += 1) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(ws, "127.0.0.1");
      socket.once("connect", () => (socket.destroy(), resolve(true)));
      socket.once("error", () => resolve(false));
    });
    if (open) break;
    await sleep(50);
  }
  const stop = () => {
    child.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  return { tcp, url: `ws://127.0.0.1:${ws}/mqtt`, stop };
}

/** The median of one figure of a target, to hold others against; nothing where it was not run. */
const reference = (results, name, key) =>
  median((results.get(name) ?? []).map((result) => result[key]));

/** Runs in every page before its own scripts. */
function watch() {
  const seen = { tasks: [], clicks: [], frames: [] };
  window.seen = seen;
  new PerformanceObserver((found) => {
    for (const entry of found.getEntries()) seen.tasks.push(entry.duration);
  }).observe({ type: "longtask" });
  document.addEventListener(
    "pointerdown",
    (event) => {
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => seen.clicks.push(performance.now() - event.timeStamp);
        channel.port2.postMessage(0);
      });
    },
    true,
  );
  window.watchFrames = (on) => {
    window.watching = on;
    seen.frames = on ? [] : seen.frames;
    let before;
    const step = (now) => {
      if (before !== undefined) seen.frames.push(now - before);
      before = now;
      if (window.watching) requestAnimationFrame(step);
    };
    if (on) requestAnimationFrame(step);
  };
}

/** Memory of the renderer in MB: what its process holds alone, and its share of the rest. */
async function memory(session) {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const share = ({ id }) => {
    try {
      const text = fs.readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
      return Number(/^Pss:\s+(\d+)/m.exec(text)[1]) / 1024;
    } catch {
      return Number.NaN;
    }
  };
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(share);
  return Math.max(...renderers.filter(Number.isFinite));
}

function publish(port, topic, rate, secs) {
  const child = spawn(
    process.execPath,
    [path.join(here, "publisher.mjs"), port, topic, rate, secs, SIZE].map(String),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  child.stdout.on("data", (data) => {
    text += data;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code) =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`publisher: exit ${code}`)),
    );
  });
}

async function withPage(target, use) {
  const server = await serve(target.folders({ here, npm, dist }));
  const messages = await broker();
  const browser = await launch();
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.addInitScript(watch);
    const page = await context.newPage();
    await page.goto(server.url + target.path);
    const session = await browser.newBrowserCDPSession();
    return await use({ page, session, broker: messages, context });
  } finally {
    await browser.close();
    messages.stop();
    server.close();
  }
}

/** What a page says it has in the end: all that was sent, or what it has said for five seconds. */
async function drained(target, page, sent, base) {
  let [before, still] = [-1, 0];
  while (still < 10) {
    const count = (await target.messages(page)) - base;
    if (count >= sent) return count;
    still = count === before ? still + 1 : 0;
    before = count;
    await sleep(500);
  }
  return before;
}

const flood = (target, rate) =>
  withPage(target, async ({ page, session, broker: messages, context }) => {
    const topic = "bench/flood";
    await target.connect(page, { url: messages.url, topic });
    const box = await page.locator(target.click).first().boundingBox();
    const input = await context.newCDPSession(page);
    const arrived = target.arrived ?? target.messages;
    const [base, arrivedBefore] = [await target.messages(page), await arrived(page)];
    await page.evaluate("seen.tasks.length = 0; seen.clicks.length = 0");
    let [publishing, clicks] = [true, 0];
    const began = performance.now();
    const clicking = (async () => {
      while (publishing) {
        clicks += 1;
        const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
        for (const type of ["mousePressed", "mouseReleased"])
          void input
            .send("Input.dispatchMouseEvent", { type, ...at, button: "left", clickCount: 1 })
            .catch(() => undefined);
        await sleep(500);
      }
    })();
    const report = await publish(messages.tcp, topic, rate, seconds);
    publishing = false;
    const atEnd = (await arrived(page)) - arrivedBefore;
    const window = (performance.now() - began) / 1000;
    await clicking;
    const count = await drained(target, page, report.sent, base);
    await sleep(300);
    const seen = await page.evaluate("seen");
    return {
      sustained: atEnd / Math.max(window, report.seconds),
      lost: report.sent - count,
      task: Math.max(0, ...seen.tasks),
      clicks: (seen.clicks.filter((millis) => millis <= 100).length / clicks) * 100,
      memory: await memory(session),
    };
  });

async function floods(targets) {
  for (const rate of rates) {
    const results = new Map(targets.map(({ name }) => [name, []]));
    for (let run = 0; run < runs; run += 1)
      for (const target of targets) {
        const result = await flood(target, rate);
        results.get(target.name).push(result);
        console.error(rate, target.name, JSON.stringify(result));
      }
    const floor = reference(results, "bare-ws", "sustained");
    console.log(`\n### ${rate} messages a second for ${seconds} s, ${SIZE} bytes\n`);
    console.log("| target | messages/s | of bare-ws | lost | longest task ms | clicks in 100 ms % | MB |");
    console.log("|---|---|---|---|---|---|---|");
    for (const [name, all] of results) {
      const of = (key) => all.map((result) => result[key]);
      console.log(
        `| ${name} | ${shown(of("sustained"), 0)} | ${round(median(of("sustained")) / floor, 3)} | ` +
          `${shown(of("lost"), 0)} | ${shown(of("task"), 0)} | ${shown(of("clicks"), 0)} | ` +
          `${shown(of("memory"), 0)} |`,
      );
    }
  }
}

/** A full log: memory before and after more, and frames while it is scrolled and filtered. */
async function full(target) {
  await withPage(target, async ({ page, session, broker: messages }) => {
    const topic = "bench/full";
    await target.connect(page, { url: messages.url, topic });
    const base = await target.messages(page);
    let sent = 0;
    for (const [messagesMore, label] of [[120_000, "full"], [60_000, "60,000 more"]]) {
      const report = await publish(messages.tcp, topic, 6000, messagesMore / 6000);
      sent += report.sent;
      const count = await drained(target, page, sent, base);
      await sleep(2000);
      console.log(`${label}: ${round(await memory(session), 0)} MB, lost ${sent - count}`);
    }
    const frames = async (what, act) => {
      await page.evaluate("watchFrames(true)");
      await act();
      await page.evaluate("watchFrames(false)");
      const all = await page.evaluate("seen.frames");
      const slow = all.filter((millis) => millis > 33).length;
      console.log(
        `${what}: ${all.length} frames, median ${round(median(all), 1)} ms, ` +
          `p99 ${round(quantile(all, 0.99), 1)} ms, longest ${round(Math.max(...all), 1)} ms, ` +
          `${slow} over 33 ms`,
      );
    };
    const log = await page.locator("[data-testid=log]").boundingBox();
    await page.mouse.move(log.x + log.width / 2, log.y + log.height / 2);
    await frames("scrolling by wheel", async () => {
      for (let step = 0; step < 200; step += 1) {
        await page.mouse.wheel(0, step % 4 === 0 ? -5000 : -240);
        await sleep(16);
      }
    });
    await frames("typing a filter", async () => {
      await page.click("[data-testid=log-filter]");
      await page.keyboard.type("topic:bench/# 00012 -99", { delay: 60 });
      await page.waitForSelector("[data-testid=log-total][data-searching=false]");
    });
    await frames("scrolling what passes", async () => {
      await page.keyboard.press("Escape");
      await page.mouse.move(log.x + log.width / 2, log.y + log.height / 2);
      for (let step = 0; step < 100; step += 1) {
        await page.mouse.wheel(0, step % 2 === 0 ? -800 : 300);
        await sleep(16);
      }
    });
  });
}

/**
 * Commands before the first that counts, in which the browser compiles what runs often: it goes on with
 * that, function by function, for some six seconds.
 */
const WARM_UP = Number(option("warm-up", 20_000));
/** Commands that count. A page draws at times, so they take long enough to meet that several times. */
const COMMANDS = 10_000;

async function roundTrip(target) {
  const server = await serve(target.folders({ here, npm, dist }));
  const messages = await broker();
  const { page, detach, stop } = await detachable();
  try {
    await page.goto(server.url + target.path);
    const plan = await target.answer(page, { url: messages.url });
    await detach();
    const body = plan.body ?? ((number) => `{"command":"set","id":${number}}`);
    const isAnswer = plan.isAnswer ?? ((payload, number) => payload.includes(`"id":${number}}`));
    const { connectAsync } = createRequire(path.join(npm, "..", "any.js"))("mqtt");
    const client = await connectAsync(`mqtt://127.0.0.1:${messages.tcp}`, { protocolVersion: 4 });
    await client.subscribeAsync(plan.answer);
    let expect = () => undefined;
    client.on("message", (_, payload) => expect(payload.toString()));
    const millis = [];
    for (let number = 0; number < WARM_UP + COMMANDS; number += 1) {
      const began = performance.now();
      const answered = await new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), 2000);
        expect = (payload) => {
          if (!isAnswer(payload, number)) return;
          clearTimeout(timer);
          resolve(true);
        };
        client.publish(plan.command, body(number));
      });
      if (!answered) throw new Error(`${target.name} gave no answer to command ${number}`);
      if (number >= WARM_UP) millis.push(performance.now() - began);
    }
    await client.endAsync(true);
    return { p50: quantile(millis, 0.5), p99: quantile(millis, 0.99) };
  } finally {
    await stop();
    messages.stop();
    server.close();
  }
}

async function roundTrips(targets) {
  const results = new Map(targets.map(({ name }) => [name, []]));
  for (let run = 0; run < runs; run += 1)
    for (const target of targets) results.get(target.name).push(await roundTrip(target));
  const base = (key) => reference(results, "bare-mqttjs", key);
  console.log("\n### Command to automatic answer\n");
  console.log("| target | p50 ms | p99 ms | p50 of bare-mqttjs | p99 of bare-mqttjs |");
  console.log("|---|---|---|---|---|");
  for (const [name, all] of results) {
    const of = (key) => all.map((result) => result[key]);
    const ratio = (key) => round(median(of(key)) / base(key));
    console.log(
      `| ${name} | ${shown(of("p50"))} | ${shown(of("p99"))} | ${ratio("p50")} | ${ratio("p99")} |`,
    );
  }
}

const brotli = (file) =>
  zlib.brotliCompressSync(fs.readFileSync(file), {
    params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 },
  }).length;

/** A first visit with a cold cache: when somebody could connect, and what that took. */
async function visit(target) {
  const files = new Set();
  const later = new Set();
  let [ready, whole] = [undefined, Number.NaN];
  // When, by the page's own clock; never where the start cannot do without its rest.
  const isReady = new Promise((resolve) => {
    ready = resolve;
    setTimeout(resolve, 20_000, Number.NaN);
  });
  const seen = (file) => {
    const isRest = /_rest\.wasm$/.test(file);
    (isRest ? later : files).add(file);
    // Held back, so that a start that cannot do without it does not come to its end.
    return isRest ? isReady : undefined;
  };
  const server = await serve(target.folders({ here, npm, dist }), { seen });
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.exposeFunction("sayReady", ready);
    await page.addInitScript(`(() => {
      const look = () => {
        if (document.body && (${target.ready})) sayReady(performance.now());
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    })()`);
    await page.goto(server.url + target.path, { waitUntil: "commit" });
    const millis = await isReady;
    if (Number.isNaN(millis)) {
      console.error(`${target.name}: the start needs its rest: make start-lists`);
      return { first: Number.NaN, millis, rest: Number.NaN };
    }
    if (target.whole) {
      await page.waitForSelector(target.whole);
      whole = await page.evaluate(() => performance.now());
    }
    await page.waitForLoadState("networkidle");
    const sum = (set) => [...set].map(brotli).reduce((total, size) => total + size, 0) / 1000;
    return { first: sum(files), rest: sum(later), millis, whole };
  } finally {
    await browser.close();
    server.close();
  }
}

async function starts(targets) {
  const results = new Map(targets.map(({ name }) => [name, []]));
  for (let run = 0; run < Math.max(runs, 5); run += 1)
    for (const target of targets) results.get(target.name).push(await visit(target));
  const base = reference(results, "bare-mqttjs", "millis");
  console.log("\n### First load and start\n");
  console.log(
    "| target | first load kB brotli | afterwards kB | ready ms | of bare-mqttjs | all there ms |",
  );
  console.log("|---|---|---|---|---|---|");
  for (const [name, all] of results) {
    const of = (key) => all.map((result) => result[key]);
    console.log(
      `| ${name} | ${round(median(of("first")), 1)} | ${round(median(of("rest")), 1)} | ` +
        `${shown(of("millis"), 0)} | ${round(median(of("millis")) / base)} | ` +
        `${shown(of("whole"), 0)} |`,
    );
  }
}

const extra = await Promise.all(
  list("target", "").map(async (file) => (await import(pathToFileURL(path.resolve(file)))).default),
);
const wanted = new Set(list("targets", ""));
const targets = [...builtIn, ...extra].filter(({ name }) => wanted.size === 0 || wanted.has(name));
const cpu = os.cpus();
console.log(`${cpu.length} × ${cpu[0].model}, Node ${process.version}`);
if (only.has("start")) await starts(targets);
if (only.has("flood")) await floods(targets);
if (only.has("roundtrip")) await roundTrips(targets);
if (only.has("full")) {
  console.log("\n### A full log\n");
  for (const target of targets.filter(({ name }) => !name.startsWith("bare"))) await full(target);
}
process.exit(0);
