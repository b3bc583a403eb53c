/** The map of the user namespace that who starts a launch is in. */
import { EINVAL } from "../../ffi/abi/errno.ts";
import type { Outcome } from "../../engine/builder.ts";
import { eachLine, readNumber, readText, skip, SPACE } from "../../engine/file.ts";
import type { Variable } from "../../engine/value.ts";
import type { Failure, Sequence } from "../plan.ts";
import { failed } from "../steps/context.ts";
import { TEXT_BYTES } from "./account.ts";

/** Runs a block with each range of ids: the first one as it is called inside, and how many there are. */
export function eachOwnRange(
  s: Sequence,
  path: string,
  { note, cannotOpen, wrong }: {
    readonly note: string;
    readonly cannotOpen: Outcome;
    /** Where a line is none of a map. */
    readonly wrong: Failure;
  },
  body: (inner: Variable, count: Variable) => void,
): void {
  const cannotRead = failed(`cannot read ${path}`);
  const content = readText(s, path, { room: TEXT_BYTES, note, cannotOpen, cannotRead });
  eachLine(s, content, (line) => {
    const number = (): Variable => {
      skip(s, line, SPACE);
      return readNumber(s, line, () => s.fail(wrong, EINVAL));
    };
    const inner = number();
    number();
    body(inner, number());
  });
}
