/** What tests of commands share. */
import "../support/open_libc.ts";

/** What was written, all of it, as text. */
export function textOf(...streams: readonly Uint8Array[]): string {
  return streams.map((bytes) => new TextDecoder().decode(bytes)).join("");
}

/** Waits until this process has no children left: those of launches that have failed are dead already. */
export async function reaped(): Promise<void> {
  const children = `/proc/self/task/${Deno.pid}/children`;
  while (await Deno.readTextFile(children) !== "") {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // Deno hears of it one turn later.
  await new Promise((resolve) => setTimeout(resolve, 1));
}
