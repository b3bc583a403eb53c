/** C strings that a plan puts together when it runs. */
import { quote } from "../ffi/abi/text.ts";
import { encode } from "../ffi/bytes.ts";
import { address, type Operand, type Sequence, slot } from "./plan.ts";

/** The most decimal digits of 64 bits. */
const DIGITS = 20;

/**
 * Text around a number known only at run time, as "/proc/" PID "/ns/mnt".
 *
 * @param value The slot with the number.
 * @returns The C string, shown as "/proc/<value>/ns/mnt".
 */
export function textAround(s: Sequence, before: string, value: string, after: string): Operand {
  const name = s.unique("text");
  s.buffer(`${name} bytes`, before.length + DIGITS + after.length + 1);
  const digits = address(`${name} bytes`, before.length + DIGITS);
  s.compute("end", "copy", digits, after, after.length + 1);
  s.compute(name, "decimal", slot(value), digits);
  if (before) {
    s.compute(name, "sub", slot(name), before.length);
    s.compute("end", "copy", slot(name), before, before.length);
  }
  return slot(name, quote(encode(`${before}<${value}>${after}`)));
}
