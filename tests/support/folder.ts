/** A folder for one test. */

/** Makes a folder that everybody may write to, and removes it with all that is in it by then. */
export async function withFolder<T>(use: (path: string) => T | Promise<T>): Promise<T> {
  const path = Deno.makeTempDirSync({ prefix: "nido-test-" });
  Deno.chmodSync(path, 0o777);
  try {
    return await use(path);
  } finally {
    // Of an ordinary user's folders some may not be searched by now.
    new Deno.Command("chmod", { args: ["-R", "u+rwX", path], stderr: "null" }).outputSync();
    Deno.removeSync(path, { recursive: true });
  }
}
