// A program in two parts: the first is what its start needs, the rest comes after it. A function of
// the rest that is called earlier loads it and waits; scripts/split.sh makes the parts. A build
// that was not split has one part, and nothing of this is called.
//
// Sets `programInTwoParts(rest)`, where `rest` is the URL of the second part. It must be called
// before the program is instantiated, and gives a function that loads the rest beforehand.
globalThis.programInTwoParts = (rest) => {
  let first;
  let joined = false;
  const join = (module) => {
    if (joined) return;
    joined = true;
    new WebAssembly.Instance(module, { first });
  };
  const load = () => {
    try {
      loadNow();
    } catch (error) {
      // In a worker it is an error of the worker's, which the page tells. The page itself may be
      // without the functions to tell it.
      globalThis.document?.getElementById("part-missing")?.removeAttribute("hidden");
      throw error;
    }
  };
  // Rust waits inside a function here, so this cannot be left for later.
  const loadNow = () => {
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
  };
  // What wasm-bindgen generates instantiates the program itself.
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (source, imports) => {
      const made = await original.call(WebAssembly, source, { ...imports, rest: { load } });
      first = (made.instance ?? made).exports;
      return made;
    };
  }
  return async () => {
    if (joined || !first?.m) return;
    // When this fails, whoever needs the rest first tries again and tells.
    await WebAssembly.compileStreaming(fetch(rest, { priority: "low" })).then(join, () => undefined);
  };
};
