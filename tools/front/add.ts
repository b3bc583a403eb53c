/** Puts a front in front of a program that was compiled, where it takes one. */
import { type ImageMaker, putFront } from "./put.ts";

/**
 * Changes a file. A program that takes no front, or does not start behind it, stays as it is, and
 * launches as before.
 *
 * @param starts Whether a program starts. What is for another machine cannot be tried.
 * @returns Why it has none, in a sentence for people.
 */
export async function addFront(
  path: string,
  makeImage: ImageMaker,
  starts: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  const tried = `${path}.front`;
  try {
    await Deno.writeFile(tried, putFront(await Deno.readFile(path), makeImage), { mode: 0o755 });
    if (!await starts(tried)) throw new Error("it does not start behind one");
    await Deno.rename(tried, path);
    return undefined;
  } catch (error) {
    await Deno.remove(tried).catch(() => {});
    const reason = `the runtime takes no front, ${(error as Error).message}`;
    return `launches will wait for Deno: ${reason}`;
  }
}
