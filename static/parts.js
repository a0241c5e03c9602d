// A program in two parts: the first is what its start needs, the rest comes after it. A function of
// the rest that is called earlier loads it and waits; scripts/split.sh makes the parts. A build
// that was not split has one part, and nothing of this is called.
//
// Sets `programInTwoParts(rest)`, where `rest` is the URL of the second part. It must be called
// before the program is instantiated, and gives `loadRest`, which loads it beforehand and tries until
// it is there, and `whole`, a promise of the moment when the program is whole.
//
// That in turn sets `secondPart(exports)`: what the first part imports under "rest". The split put
// a call of it into what wasm-bindgen generated; `exports` gives the first part's own exports.
globalThis.programInTwoParts = (rest) => {
  // How long a failure to load rests before the next attempt, in milliseconds.
  const AGAIN = 5000;
  let exportsOfFirst;
  let becomeWhole;
  let joined = false;
  const whole = new Promise((resolve) => {
    becomeWhole = resolve;
  });
  // In a worker nothing shows it: what it then does is an error of the worker's, which the page
  // tells. The page itself may be without the functions to tell it.
  const showMissing = (isMissing) => {
    globalThis.document?.getElementById("part-missing")?.toggleAttribute("hidden", !isMissing);
  };
  const join = (module) => {
    if (joined) return;
    new WebAssembly.Instance(module, { first: exportsOfFirst() });
    joined = true;
    showMissing(false);
    becomeWhole();
  };
  // Rust waits inside a function here, so this cannot be left for later.
  const load = () => {
    try {
      const request = new XMLHttpRequest();
      request.open("GET", rest, false);
      // A page may ask for bytes only as text when it waits for them.
      request.overrideMimeType("text/plain; charset=x-user-defined");
      request.send();
      if (request.status !== 200) throw new Error(`${rest} could not be loaded: ${request.status}`);
      const text = request.responseText;
      const bytes = new Uint8Array(text.length);
      for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
      join(new WebAssembly.Module(bytes));
    } catch (error) {
      showMissing(true);
      throw error;
    }
  };
  globalThis.secondPart = (exports) => {
    exportsOfFirst = exports;
    return { load };
  };
  const loadRest = async () => {
    if (!exportsOfFirst) becomeWhole();
    while (exportsOfFirst && !joined) {
      try {
        const response = await fetch(rest, { priority: "low" });
        if (!response.ok) throw new Error(`${rest} could not be loaded: ${response.status}`);
        // From a stream, so that a browser keeps what it compiles for the next visit. A host may
        // call WebAssembly something else, and then there is no stream of it.
        const streams = response.headers.get("content-type") === "application/wasm";
        join(
          await (streams
            ? WebAssembly.compileStreaming(response)
            : WebAssembly.compile(await response.arrayBuffer())),
        );
      } catch {
        // Whoever needed it meanwhile has loaded it.
        if (joined) return;
        showMissing(true);
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    }
  };
  return { loadRest, whole };
};
