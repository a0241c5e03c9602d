// Starts the page. A file of its own, because the Content-Security-Policy admits no inline script;
// the names of the hashed files are in the attributes of this script's element.
const { js, wasm } = document.querySelector("script[data-js]").dataset;
try {
  // The engine starts beside the page, which takes it over. If it fails before that, the page tries
  // for itself and tells.
  const engine = new Worker(document.querySelector("meta[name=engine-url]").content);
  engine.onerror = () => delete globalThis.earlyEngine;
  globalThis.earlyEngine = engine;
  const program = new URL(wasm, document.baseURI);
  const loadRest = programInTwoParts(program.href.replace("_bg.wasm", "_rest.wasm"));
  const { default: init } = await import(new URL(js, document.baseURI));
  await init({ module_or_path: program });
  // First the page is drawn and its engine started.
  (globalThis.requestIdleCallback ?? setTimeout)(loadRest);
} catch (error) {
  const shell = document.getElementById("shell");
  if (shell) {
    shell.dataset.state = "failed";
    shell.querySelector(".loading-cause").textContent = String(error);
  }
  throw error;
}
