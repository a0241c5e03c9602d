// Starts the page. A file of its own, because the Content-Security-Policy admits no inline script;
// the names of the hashed files are in the attributes of this script's element.
const { js, wasm } = document.querySelector("script[data-js]").dataset;
try {
  const program = new URL(wasm, document.baseURI);
  const { loadRest, whole } = programInTwoParts(program.href.replace("_bg.wasm", "_rest.wasm"));
  const { default: init } = await import(new URL(js, document.baseURI));
  await init({ module_or_path: program });
  // Then the page draws what its start did without.
  whole.then(() => dispatchEvent(new Event("whole")));
  // First the page is drawn, which starts its engine.
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
