/** Shows structs of the kernel as strace(1) does, field by field. */
import type { Argument, Contents } from "./argument.ts";
import type { Show } from "./numbers.ts";
import { contents } from "./text.ts";

/** Fields as `name=value`; those that are undefined are left out. */
export function struct(fields: Readonly<Record<string, string | undefined>>): string {
  const shown = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`]
  );
  return `{${shown.join(", ")}}`;
}

/** A struct at an address. */
export function structAt(
  fields: (memory: Contents, all: readonly Argument[]) => Readonly<
    Record<string, string | undefined>
  >,
): Show {
  return contents((memory, all) => struct(fields(memory, all)));
}
