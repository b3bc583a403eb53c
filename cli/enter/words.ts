/** The words of `nido enter` for what its launch is refused for. */
import type { FrontEnd } from "../../engine/failure.ts";
import type { OptionTerm } from "../../launch/option.ts";
import { OPTION_WORDS } from "../option_words.ts";

/** As nsenter's, but where another way in is the remedy. */
export const ENTER_WORDS: FrontEnd = {
  ...OPTION_WORDS,
  words: (term) =>
    (term as OptionTerm).term === "without join.root"
      ? "enter it by nido enter --tools"
      : OPTION_WORDS.words(term),
};
