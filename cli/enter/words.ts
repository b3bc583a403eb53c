/** The words of `nido enter` for what its launch is refused for. */
import { type FrontEnd, type Message, type Part, partsOf, words } from "../../engine/failure.ts";
import type { OptionTerm } from "../../launch/option.ts";
import { OPTION_WORDS } from "../option_words.ts";

/** Words of its own: where another way in is the remedy, or what is there anyway. */
function ownWords({ term, value }: OptionTerm): Message | undefined {
  if (term === "without join.root") return "enter it by nido enter --tools";
  // All that would help is joined.
  if (term === "join its owner") return "";
  return term === "join.target" && value !== undefined ? words`nido enter ${value}` : undefined;
}

const isNsenters = (part: Part): boolean =>
  typeof part === "object" && "term" in part && ownWords(part as OptionTerm) === undefined;

/** As nsenter's, but for its own. */
export const ENTER_WORDS: FrontEnd = {
  ...OPTION_WORDS,
  words(term) {
    const option = term as OptionTerm;
    const own = ownWords(option);
    if (own !== undefined) return own;
    const usual = OPTION_WORDS.words(term);
    // In its note; what else is added to that line comes behind it.
    const isFirst = option.term === "setuid" && option.value === "follow";
    return isFirst ? words`the line of nido enter --show with ${usual}` : usual;
  },
  remedy: (remedy) =>
    partsOf(remedy).some(isNsenters) ? words`${remedy} (in the line of nido enter --show)` : remedy,
};
