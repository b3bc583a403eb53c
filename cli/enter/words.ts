/** The words of `nido enter` for what its launch is refused for. */
import { type FrontEnd, words } from "../../engine/failure.ts";
import type { OptionTerm } from "../../launch/option.ts";
import { OPTION_WORDS } from "../option_words.ts";

/** As nsenter's, but where another way in is the remedy, or its own line of nsenter with more. */
export const ENTER_WORDS: FrontEnd = {
  ...OPTION_WORDS,
  words(term) {
    const { term: name, value } = term as OptionTerm;
    const usual = OPTION_WORDS.words(term);
    if (name === "without join.root") return "enter it by nido enter --tools";
    // What else is added to that line comes behind it.
    const isFirst = name === "setuid" && value === "follow";
    return isFirst ? words`the line of nido enter --show with ${usual}` : usual;
  },
};
