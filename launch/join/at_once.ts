/** The namespaces that are joined by one call, by the target's descriptor. @see setns(2) */
import { flagsOf, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { NUL } from "../../engine/characters.ts";
import { Text } from "../../engine/text.ts";
import { refusesSetns } from "../../engine/failure/look_steps.ts";
import type { Variable } from "../../engine/value.ts";
import { filtered } from "../causes.ts";
import { hintsIf } from "../request.ts";
import { JOIN_ORDER } from "./order.ts";
import { type AtOnce, namesOf } from "./hints.ts";
import type { Joining } from "./joining.ts";

/** The namespaces that are joined at once. */
export function atOnceOf(joining: Joining): AtOnce {
  const { includes, flags } = joining.atOnce;
  const types = JOIN_ORDER.filter((type) => includes(type) !== false);
  return flags ? openAtOnce(joining, types, flags) : knownAtOnce(types);
}

function knownAtOnce(types: readonly NamespaceType[]): AtOnce {
  const flags = flagsOf(types.filter((type) => type !== "user"));
  return {
    flags,
    isAny: flags !== 0,
    filtered: () => filtered("setns", flagsOf(types)),
    first: types[0]!,
    names: namesOf(types),
    each: (hints) => types.flatMap(hints),
  };
}

/** More bytes than the names of all types have. */
const NAMES_BYTES = 64;

/** @param types Those that there may be. */
function openAtOnce(
  joining: Joining,
  types: readonly NamespaceType[],
  all: Variable,
): AtOnce {
  const { s, atOnce: { includes } } = joining;
  const flags = s.variable("joined at once", all.and(~flagsOf(["user"]))).said();
  const list = s.variable("names of types", "");
  const behindColon = s.variable("names behind a colon", "");
  const isFiltered = s.look("filter: setns of what is joined at once", () => {
    // The names are for hints that follow.
    s.if(flags.isNot(0), () => {
      const text = new Text(s, "names", NAMES_BYTES, "cut");
      text.append(":");
      for (const type of types.filter((type) => type !== "user")) {
        s.if(includes(type), () => {
          s.if(text.length.isNot(1), () => text.append(","));
          text.append(` ${type}`);
        });
      }
      s.store(text.end, NUL, { bytes: 1 });
      behindColon.set(text.start);
      list.set(text.start.at(2));
    });
    return refusesSetns(s, flags.or(1));
  });
  return {
    flags,
    isAny: flags.isNot(0),
    filtered: () => ({ ...filtered("setns"), look: [isFiltered] }),
    first: "mnt",
    names: { list: [{ string: list }], behindColon: [{ string: behindColon }] },
    each: (hints) =>
      types.flatMap((type) =>
        hintsIf(s, includes(type), `joins ${type} at once`, () => hints(type))
      ),
  };
}
