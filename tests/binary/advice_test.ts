// Every remedy is followed, and then the same command succeeds; or its words say that it only looks.

import { assert, assertEquals } from "@std/assert";
import { allRemedies } from "../launch/remedies.ts";
import { requires } from "../requires.ts";
import { requiresRanges, shell } from "../support/nido.ts";
import { startTarget } from "../support/target.ts";
import { ADVICE, ELSEWHERE, FOLLOWED, LOOKS } from "./advice.ts";

const remediesIn = (text: string): string[] =>
  [...text.matchAll(/^ +try: {2}(.*)$/gm)].map(([, remedy]) => remedy!);

ADVICE.forEach(({ remedy, refused, mended, as, target: options, needs, ranges }, i) => {
  const needed = { userNamespaces: true, ...needs, ...(as ? {} : { root: true }) };
  Deno.test(
    `the same command succeeds when this is followed (${i + 1}): ${remedy.source}`,
    ranges ? requiresRanges(needed) : requires(needed),
    async () => {
      const user = as ? { as } : {};
      await using target = options === undefined ? undefined : await startTarget(options, user);
      const args = target ? [`${target.pid}`] : [];
      const before = await shell(refused, args, user);
      const said = remediesIn(before.stdout + before.stderr);
      assert(said.some((one) => remedy.test(one)), `${before.stderr}\n${before.stdout}`);
      assert(before.code !== 0, `${before.stdout}`);
      const after = await shell(mended, args, user);
      assertEquals([after.code, after.stderr], [0, ""]);
    },
  );
});

Deno.test("there is no other remedy", () => {
  const known = [
    ...ADVICE.map(({ remedy }) => remedy),
    ...[...FOLLOWED, ...ELSEWHERE].map(([it]) => it),
  ];
  const all = [...allRemedies()].filter((remedy) => !LOOKS.test(remedy));
  assertEquals(all.filter((remedy) => !known.some((one) => one.test(remedy))), []);
  assertEquals(known.filter((one) => !all.some((remedy) => one.test(remedy))), [], "are gone");
});
