/** The environment. */

/** A variable's value. One that is not UTF-8 counts as set, to U+FFFD: Deno gives no bytes. */
export function variable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return "\ufffd";
  }
}
