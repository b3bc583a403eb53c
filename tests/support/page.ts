/** Pages whose lines tests type. */

/**
 * Waits until nobody else types the lines of a page, and keeps others from it until it is disposed of: some names in
 * them, as of a control group, are the whole machine's.
 */
export async function turnAt(name: string): Promise<Disposable> {
  const page = await Deno.open(new URL(`../../${name}`, import.meta.url));
  await page.lock(true);
  return page;
}
