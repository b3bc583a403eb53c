/** Why a program is not found where it is looked for in another root than the caller's. */
import { ENOENT } from "../../ffi/abi/errno.ts";
import { all, any, not } from "../../engine/condition.ts";
import { type Hint, type Message, words } from "../../engine/failure.ts";
import { isOneOfAll } from "../join/asked.ts";
import { option, withLetter } from "../option.ts";
import { type Asked, hintsIf } from "../request.ts";
import type { Program, Root } from "./hints.ts";

/** The hints of it: none for the caller's own root. */
export function missing(
  asked: Asked,
  { root: named, shown, searched, sees }: Program,
  where: Root,
): readonly Hint[] {
  const { s, spec: { join, program, root }, request } = asked;
  const hint = (why: Message, remedy: Message): Hint[] => [
    { errno: [ENOENT], look: [sees("absent")], why, remedy },
  ];
  const what = searched === undefined
    ? words`${shown} is not`
    : words`${shown} is in no folder of ${searched}`;
  if (where === "new") {
    const remedy = "put it and its libraries there, or name a program that is there";
    const isNamed = named !== undefined && request.isGiven(root);
    return [
      ...hintsIf(
        s,
        isNamed,
        "its root is named",
        () => hint(words`${what} in the new root, ${named!}`, remedy),
      ),
      ...hintsIf(
        s,
        not(isNamed),
        "its root is made",
        () => hint(words`${what} in the new root`, remedy),
      ),
    ];
  }
  if (where === "own") return [];
  const hasTarget = request.isGiven(join!.target);
  const isNamed = request.isGiven(program);
  const addsEnv = all(searched === "PATH", hasTarget, not(request.isGiven(join!.env)));
  const inRoot = (there: string) => (): readonly Hint[] => [
    ...hintsIf(
      s,
      not(isNamed),
      "no program is named",
      () =>
        hint(
          words`${shown}, the shell of who enters, is not in ${there}`,
          "name a program that is there: /bin/sh",
        ),
    ),
    ...hintsIf(s, isNamed, "a program is named", () =>
      waysToOwn(asked, (own) => [
        ...hintsIf(s, addsEnv, "the target's variables are not asked for", () =>
          hint(
            words`${what} in ${there}`,
            words`add ${withLetter("join.env")}, for the target's PATH; or ${own}`,
          )),
        ...hintsIf(s, not(addsEnv), "its variables are, or there is none", () =>
          hint(words`${what} in ${there}`, own)),
      ])),
  ];
  return [
    ...hintsIf(s, hasTarget, "has a target", inRoot("the target's root")),
    ...hintsIf(s, not(hasTarget), "has no target", inRoot("the root of what is joined")),
  ];
}

/** Hints with what is to be left out, so that the caller's own programs are run. */
function waysToOwn(asked: Asked, hintsFor: (own: Message) => readonly Hint[]): readonly Hint[] {
  const { s, spec: { join }, request } = asked;
  const hasRoot = request.isGiven(join!.root);
  const isAll = isOneOfAll(asked, "mnt");
  const ways = [
    [hasRoot, "a root of the target's", words`${option("without join.root")}`],
    [
      all(not(hasRoot), isAll),
      "its mount namespace as one of all",
      words`name the types instead of ${withLetter("join.all")}, without ${
        option("join.namespaces.mnt")
      },`,
    ],
    [
      not(any(hasRoot, isAll)),
      "its mount namespace",
      words`leave ${withLetter("join.namespaces.mnt")} out`,
    ],
  ] as const;
  return ways.flatMap(([when, name, without]) =>
    hintsIf(s, when, name, () => hintsFor(words`${without} to use the caller's own programs`))
  );
}
