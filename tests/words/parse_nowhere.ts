/** Parses the command lines that it is given as JSON, where no file, variable or library is to be had. */
const lines: readonly (readonly string[])[] = JSON.parse(Deno.args[0]!);
Reflect.deleteProperty(globalThis, "Deno");
const { nsenter } = await import("../../cli/nsenter.ts");
const { unshare } = await import("../../cli/unshare.ts");
const { parsed } = await import("./parsed.ts");
console.log(parsed([unshare, nsenter], lines));
