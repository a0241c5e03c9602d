// What is measured. A target: folders to serve, how to connect and subscribe, how many messages it
// has, how many came so far where it says that later, something ordinary to click on, an expression
// that is true once somebody can connect, a selector of what is there once everything is, where that
// is later, and how it answers a command.

const bare = (name, start, at, ready) => ({
  name,
  folders: (at) => ({ "/": at.here, "/npm/": at.npm }),
  path: `/bare.html${at}`,
  click: "#click",
  ready,
  connect: async (page, { url, topic }) => {
    await page.waitForFunction(ready);
    await page.evaluate(`window.${start}(${JSON.stringify(url)}, ${JSON.stringify(topic)})`);
    await page.waitForFunction("window.subscribed");
  },
  messages: (page) => page.evaluate("window.messages"),
  // A bare page echoes what it gets.
  answer: async (page, { url }) => {
    const [command, answer] = ["bench/command", "bench/answer"];
    await page.waitForFunction(ready);
    await page.evaluate(
      `window.${start}(${JSON.stringify(url)}, "${command}", "${answer}")`,
    );
    await page.waitForFunction("window.subscribed");
    return { command, answer };
  },
});

const dial = async (page, url) => {
  await page.fill("[data-testid=url]", url);
  await page.click("[data-testid=connect]");
  await page.waitForSelector("[data-testid=status][data-state=connected]");
};

// Runs in the worker, before it connects: the frames of a PUBLISH that its script is given.
function countFrames() {
  self.publishes = 0;
  self.WebSocket = class extends WebSocket {
    constructor(...socket) {
      super(...socket);
      this.addEventListener("message", ({ data }) => {
        self.publishes += new Uint8Array(data, 0, 1)[0] >> 4 === 3;
      });
    }
  };
}

const engine = (page) => page.workers().find((worker) => worker.url().includes("engine"));

const ours = {
  name: "ours",
  folders: (at) => ({ "/": at.dist }),
  path: "/",
  click: "[data-testid=theme]",
  ready: "document.querySelector('[data-testid=connect]:not([aria-disabled=true])')",
  whole: "[data-engine=running] [data-testid=log-panel]",
  connect: async (page, { url, topic }) => {
    await page.waitForSelector("[data-engine=running] [data-testid=connect]");
    await engine(page).evaluate(countFrames);
    await dial(page, url);
    await page.fill("[data-testid=sub-topic]", topic);
    await page.click("[data-testid=subscribe]");
    await page.waitForSelector(
      `[data-testid=subscription][data-filter="${topic}"][data-state=granted]`,
    );
  },
  messages: (page) =>
    page.evaluate(
      "Number(document.querySelector('[data-testid=msg-count]').textContent.replaceAll(/\\D/g, ''))",
    ),
  // In a flood the page says its count now and then, as people read it.
  arrived: (page) => engine(page).evaluate("self.publishes"),
  // A device that answers a platform's request by itself, through codec, platform layer and ledger.
  answer: async (page, { url }) => {
    await page.waitForSelector("[data-testid=connect]:not([aria-disabled=true])");
    await dial(page, url);
    const command = "/oneM2M/req/in-cse/4600";
    await page.waitForSelector(
      `[data-testid=subscription][data-filter="${command}"][data-state=granted]`,
    );
    return {
      command,
      answer: "/oneM2M/resp/in-cse/4600",
      body: (number) =>
        JSON.stringify({
          op: 5,
          to: "/in-cse/4600/switch",
          fr: "/CSE-001",
          rqi: `d-${number}`,
          ty: 4,
          pc: { "m2m:cin": { cnf: "0", con: "on" } },
        }),
      isAnswer: (payload, number) => payload.includes(`"d-${number}"`),
    };
  },
};

export const builtIn = [
  bare("bare-ws", "startWebSocket", "", "window.startWebSocket"),
  bare("bare-mqttjs", "startMqttJs", "?mqttjs", "window.mqtt"),
  ours,
];
