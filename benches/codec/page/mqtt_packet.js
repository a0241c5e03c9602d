// What the bundler turns into one module: mqtt-packet and the Buffer that it works on.
import mqttPacket from "mqtt-packet";
import { Buffer } from "buffer";

export { mqttPacket, Buffer };
