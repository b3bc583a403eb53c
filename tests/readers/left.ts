/** How it is seen that a line is left to Deno: where there is little address space Deno does not start. */

/** Below what Deno can start in, in KiB. */
export const SMALL = 4_000_000;

/** Of those that are left to Deno, one in so many is compared. */
export const SHARE_OF_LEFT = 32;

/** Of the others, one in so many is read by Deno in a process of its own, as the binary starts it. */
export const SHARE_BY_DENO = 30;

/** Whether it was left, in such a place. */
export const isLeftToDeno = ({ stderr }: { readonly stderr: string }): boolean =>
  /cannot start Deno: it needs \d+ GiB of address space \(ulimit -v\)/.test(stderr);
