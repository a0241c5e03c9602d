// mqtt-packet is written for Node.js; these are the globals that it expects there.
export { Buffer } from "buffer";
export { default as process } from "process";
