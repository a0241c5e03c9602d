// Starts the page. A file of its own, because the Content-Security-Policy admits no inline script;
// the names of the hashed files are in the attributes of this script's element.
const { js, wasm } = document.querySelector("script[data-js]").dataset;
try {
  // The engine starts beside the page, which takes it over. If it fails before that, the page finds
  // its first words there, and tells.
  const engine = new Worker(document.querySelector("meta[name=engine-url]").content);
  const fail = (text) => {
    engine.failure ??= text ?? "";
  };
  engine.onmessage = ({ data }) => fail(data);
  engine.onerror = ({ message }) => fail(message);
  globalThis.earlyEngine = engine;
  const program = new URL(wasm, document.baseURI);
  const { loadRest, whole } = programInTwoParts(program.href.replace("_bg.wasm", "_rest.wasm"));
  const { default: init } = await import(new URL(js, document.baseURI));
  await init({ module_or_path: program });
  // Then the page draws what its start did without.
  whole.then(() => dispatchEvent(new Event("whole")));
  // First the page is drawn and its engine started.
  if (globalThis.requestIdleCallback) requestIdleCallback(loadRest, { timeout: 1000 });
  else setTimeout(loadRest);
} catch (error) {
  const shell = document.getElementById("shell");
  if (shell) {
    shell.dataset.state = "failed";
    shell.querySelector(".loading-cause").textContent = String(error);
  }
  throw error;
}
