/** To be imported before all else: a word for those who are not in Deno, where nothing of nido works. */

if (typeof Deno === "undefined") {
  const { userAgent = "another runtime" } = globalThis.navigator ?? {};
  throw new Error(
    `nido needs Deno 2.4 or newer, whose FFI and subprocesses it works with: this is ${userAgent}`,
  );
}
