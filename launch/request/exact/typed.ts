/** An option as it is typed, and how it is refused. */
import { type Message, words } from "../../../engine/failure.ts";
import type { Variable } from "../../../engine/value.ts";
import type { OptionTable } from "./table.ts";

/** Ends with a message. */
export type Fail = (message: Message) => void;

/** What is typed: the option, and the words behind it. */
export interface TypedOption {
  readonly word: Variable;
  /** An array of C strings. */
  readonly values: Variable;
  readonly table: OptionTable;
}

/** Refuses an empty path. */
export const refuseEmpty = (fail: Fail, word: Variable): void =>
  fail(words`${{ string: word }} does not take an empty path argument`);
