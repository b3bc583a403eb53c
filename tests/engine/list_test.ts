// Lists of structs, on both architectures.

import { List } from "../../engine/list.ts";
import { layout } from "../../engine/struct.ts";
import { tells, type Trial } from "./trial.ts";

const PAIR = layout(12, { id: [0, 8], short: [8, 2] });

const pairs = (s: Trial, most: number): List<"id" | "short"> =>
  new List(s, "pairs", PAIR, most, () => {
    s.tell(-1);
    s.exit(0, "it is full");
  });

tells("a list gives what was appended, in order", (s) => {
  const list = pairs(s, 3);
  list.each(() => s.tell(-2));
  list.append({ id: 2 ** 40, short: 65537 });
  const seven = s.variable("seven", 7);
  list.append({ short: seven, id: seven.plus(1) });
  list.each((pair) => s.tell(pair.get("id"), pair.get("short")));
  list.append({ id: 1, short: 2 });
  list.each((pair, { leave }) => {
    s.tell(pair.get("id"));
    s.if(pair.get("id").is(8), leave);
  });
}, [2 ** 40, 1, 8, 7, 2 ** 40, 8]);

tells("a list takes no more than it has room for", (s) => {
  const list = pairs(s, 2);
  s.while(list.end.isBelow(list.start.at(24).plus(100)), () => {
    list.append({ id: 1, short: 2 });
    s.tell(list.end.minus(list.start));
  });
}, [12, 24, -1]);
