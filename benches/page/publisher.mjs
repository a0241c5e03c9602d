// Publishes QoS 0 packets over plain TCP at a pace, in a process of its own so that it disturbs
// nobody's event loop. Prints one line of JSON: how many, and in how many seconds.
//
//   node publisher.mjs PORT TOPIC RATE SECONDS BYTES
import net from "node:net";

const [port, topic, rate, seconds, size] = process.argv
  .slice(2)
  .map((value, index) => (index === 1 ? value : Number(value)));
const total = Math.min(rate * seconds, 1_000_000);

const field = (value) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};
const frame = (first, body) => {
  const length = [];
  let rest = body.length;
  do {
    length.push((rest % 128) | (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
};
const message = (number) => {
  const head = `{"n":${String(number).padStart(9, "0")},"v":${(number % 1000) / 10},"pad":"`;
  const payload = head.padEnd(size - 2, "x") + '"}';
  return frame(0x30, Buffer.concat([field(topic), Buffer.from(payload)]));
};

const socket = net.connect(port, "127.0.0.1");
socket.setNoDelay(true);
socket.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
socket.on("connect", () => {
  const connect = [field("MQTT"), Buffer.from([4, 2, 0, 60]), field(`bench-${process.pid}`)];
  socket.write(frame(0x10, Buffer.concat(connect)));
});
socket.once("data", () => {
  const began = performance.now();
  let sent = 0;
  const step = () => {
    const elapsed = (performance.now() - began) / 1000;
    if (sent >= total || elapsed > seconds * 1.5) {
      const report = { sent, seconds: (performance.now() - began) / 1000 };
      socket.end(frame(0xe0, Buffer.alloc(0)), () => {
        console.log(JSON.stringify(report));
        process.exit(0);
      });
      return;
    }
    const due = Math.min(total, Math.floor(elapsed * rate)) - sent;
    const batch = [];
    for (let index = 0; index < Math.min(due, 500); index += 1) batch.push(message(sent + index));
    sent += batch.length;
    if (batch.length > 0 && !socket.write(Buffer.concat(batch))) socket.once("drain", step);
    else setTimeout(step, due > 500 ? 0 : 2);
  };
  step();
});
