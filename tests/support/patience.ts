/** Waiting for what is to come: as long as that takes where many others use the processors, too. */

/** Nobody waits longer. */
export const PATIENCE_MS = 60_000;

/** Waits until something is so. @throws {Error} if it never is. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  pauseMs = 5,
): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`In ${PATIENCE_MS} ms this did not come: ${what}`);
    await new Promise((go) => setTimeout(go, pauseMs));
  }
}
