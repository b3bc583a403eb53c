/** Refuses other runtimes than Deno with one sentence. Doors of the library import it first. */

if (typeof Deno === "undefined") {
  const { userAgent = "another runtime" } = globalThis.navigator ?? {};
  throw new Error(
    `nido needs Deno 2.4 or newer, whose FFI and subprocesses it works with: this is ${userAgent}`,
  );
}
