// Starts the engine in its worker. The browser delivers messages as soon as this script has run,
// but WebAssembly is compiled later: what the page says in between is kept and said again, in order.
// The program is fetched while the scripts are, which come one after the other.
const program = fetch("./engine_bg.wasm");
importScripts("./parts.js", "./engine.js");
const { loadRest } = programInTwoParts(new URL("./engine_rest.wasm", location).href);
const early = [];
const keep = (event) => early.push(event.data);
addEventListener("message", keep);
wasm_bindgen({ module_or_path: program }).then(() => {
  removeEventListener("message", keep);
  for (const data of early) dispatchEvent(new MessageEvent("message", { data }));
  // The page gets its first answer before this.
  setTimeout(loadRest);
  // A rejected promise would stay inside the worker; a reported error reaches the page.
}, reportError);
