// The floors: a page that only counts, or echoes, over a plain WebSocket or through MQTT.js.
const button = document.getElementById("click");
button.onclick = () => {
  button.textContent = Number(button.textContent) + 1;
};
window.messages = 0;
window.subscribed = false;

const text = (value) => {
  const bytes = new TextEncoder().encode(value);
  return [bytes.length >> 8, bytes.length & 255, ...bytes];
};

// Remaining lengths below 128 are enough for what is sent here, but for echoes.
const packet = (first, body) => {
  const length = [];
  let rest = body.length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    length.push(rest > 0 ? digit | 128 : digit);
  } while (rest > 0);
  return Uint8Array.from([first, ...length, ...body]);
};

window.startWebSocket = (url, topic, reply) => {
  const socket = new WebSocket(url, "mqtt");
  socket.binaryType = "arraybuffer";
  socket.onopen = () =>
    socket.send(packet(0x10, [...text("MQTT"), 4, 2, 0, 60, ...text("bare-page")]));
  socket.onmessage = ({ data }) => {
    const bytes = new Uint8Array(data);
    switch (bytes[0] >> 4) {
      case 2:
        socket.send(packet(0x82, [0, 1, ...text(topic), 0]));
        break;
      case 9:
        window.subscribed = true;
        break;
      case 3: {
        window.messages += 1;
        if (reply) {
          let at = 1;
          while (bytes[at] & 128) at += 1;
          at += 1;
          const payload = bytes.subarray(at + 2 + ((bytes[at] << 8) | bytes[at + 1]));
          socket.send(packet(0x30, [...text(reply), ...payload]));
        }
        break;
      }
    }
  };
};

// With the name of MQTT.js in the address it is loaded at the start, as a page made with it would.
if (location.search === "?mqttjs") {
  const script = document.createElement("script");
  script.src = "/npm/mqtt/dist/mqtt.min.js";
  document.head.append(script);
}

window.startMqttJs = (url, topic, reply) => {
  const client = mqtt.connect(url, { protocolVersion: 4, reconnectPeriod: 0 });
  client.on("connect", () =>
    client.subscribe(topic, { qos: 0 }, () => {
      window.subscribed = true;
    }),
  );
  client.on("message", (_, payload) => {
    window.messages += 1;
    if (reply) client.publish(reply, payload, { qos: 0 });
  });
};
