// What was given on the command line.

/** The value of `--name=value`. */
export const option = (name, fallback) =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;

/** The same as a list. */
export const list = (name, fallback) => String(option(name, fallback)).split(",").filter(Boolean);
