// Every codec over the same packets in one page: the Rust codecs as WebAssembly, and mqtt-packet.
//
// A page gets its bytes in JavaScript, so what WebAssembly decodes is copied into its memory first,
// and that is measured too. Each codec runs once per round, round after round, so that a slow spell
// of the machine hits all alike. The rates go to the server that served the page.

import init, { cases, codecs, page_decoder, page_encoder } from "./codec_bench.js";
import { mqttPacket, Buffer } from "./mqtt_packet.js";

const MQTT_PACKET = "mqtt-packet (JS)";
const asBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function javascriptDecoder(level) {
  const parser = mqttPacket.parser({ protocolVersion: level });
  let packets = 0;
  parser.on("packet", () => packets++);
  parser.on("error", (error) => {
    throw error;
  });
  return {
    feed(chunk) {
      const before = packets;
      parser.parse(asBuffer(chunk));
      return packets - before;
    },
    free() {},
  };
}

function javascriptEncoder(level, stream) {
  const packets = [];
  const parser = mqttPacket.parser({ protocolVersion: level });
  parser.on("packet", (packet) => packets.push(packet));
  parser.parse(asBuffer(stream));
  const options = { protocolVersion: level };
  return {
    encode_all: () =>
      packets.reduce((sum, packet) => sum + mqttPacket.generate(packet, options).length, 0),
    free() {},
  };
}

// Calls `once`, which handles all packets of a case, for so long; returns packets per second.
function rate(milliseconds, packets, once) {
  const start = performance.now();
  let handled = 0;
  let elapsed;
  do {
    once();
    handled += packets;
    elapsed = performance.now() - start;
  } while (elapsed < milliseconds);
  return (handled / elapsed) * 1000;
}

function check(codec, name, found, expected) {
  if (found !== expected) throw new Error(`${codec}, ${name}: ${found}, not ${expected}`);
}

async function run(rounds, milliseconds) {
  await init();
  const lines = [];
  const all = cases().map((one) => {
    const stream = one.stream();
    let start = 0;
    // A buffer of its own for each piece, as a WebSocket message has.
    const chunks = Array.from(one.ends(), (end) => stream.slice(start, (start = end)));
    const [name, level, packets] = [one.name(), one.level(), one.packets()];
    return { name, level, packets, stream, chunks, byPacket: one.by_packet() };
  });
  for (let round = 0; round <= rounds; round++) {
    for (const { name, level, packets, stream, chunks, byPacket } of all) {
      for (const codec of [...codecs(), MQTT_PACKET]) {
        const javascript = codec === MQTT_PACKET;
        const take = (task, measured) => {
          // The first round warms up.
          if (round > 0) lines.push([task, name, codec, measured].join("\t"));
        };
        const decoder = javascript ? javascriptDecoder(level) : page_decoder(codec, level);
        if (decoder) {
          const once = () => {
            let found = 0;
            for (const chunk of chunks) found += decoder.feed(chunk);
            check(codec, name, found, packets);
          };
          take("decode", rate(milliseconds, packets, once));
          decoder.free();
        }
        const encoder =
          byPacket &&
          (javascript ? javascriptEncoder(level, stream) : page_encoder(codec, level, stream));
        if (encoder) {
          const once = () => check(codec, name, encoder.encode_all(), stream.length);
          take("encode", rate(milliseconds, packets, once));
          encoder.free();
        }
      }
    }
  }
  return lines.join("\n");
}

const options = new URLSearchParams(location.search);
try {
  const body = await run(Number(options.get("rounds")), Number(options.get("ms")));
  await fetch("/rates", { method: "POST", body });
} catch (error) {
  await fetch("/failed", { method: "POST", body: String(error.stack ?? error) });
}
