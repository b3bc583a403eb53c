/** Id maps as they are written: for the kernel, or as arguments of newuidmap(1) and newgidmap(1). */
import { type Span, stringAt, Text, textAround } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { MAP_BYTES } from "./spec.ts";
import type { Builder } from "../../engine/builder.ts";
import { failed } from "../context.ts";
import type { IdMap, OwnPair } from "./id_map.ts";
import { eachLine, MAP_PARAMETERS, parametersOf } from "./map_lines.ts";

/** "4294967294 4294967294 1": two ids always fit. */
const LINE_BYTES = 23;

/** The map of the caller's own id alone. */
export function singleText(s: Builder, { inner, outer }: OwnPair): Span {
  if (typeof inner === "number") {
    const start = textAround(s, `${inner} `, outer, " 1");
    return { start, length: s.variable("length", stringAt(start).length) };
  }
  const text = new Text(s, "map", LINE_BYTES, "cut");
  text.appendDecimal(inner);
  text.append(" ");
  text.appendDecimal(outer);
  text.append(" 1");
  return { start: text.start, length: s.variable("length", text.length) };
}

/** The map as the kernel reads it. */
export function mapText(s: Builder, map: IdMap): Span {
  const { start, length } = s.subroutine("map as text", {
    parameters: MAP_PARAMETERS,
    results: ["start", "length"],
  }, ({ start, length, ...parameters }) => {
    start.set(0);
    length.set(0);
    s.block(({ leave }) => {
      const text = new Text(s, "map", MAP_BYTES, leave);
      eachLine(s, parameters, (...numbers) => {
        numbers.forEach((number, i) => {
          text.appendDecimal(number);
          text.append(i < 2 ? " " : "\n");
        });
      });
      start.set(text.start);
      // The last line needs no end.
      s.if(text.length.isNot(0), () => length.set(text.length.minus(1)));
    });
  })(parametersOf(map));
  refuseLarge(s, map, start);
  return { start, length };
}

/** The arguments of newuidmap(1) or newgidmap(1): `newuidmap PID`, and three numbers for each line. */
export function mapArguments(s: Builder, map: IdMap, pid: Value): Value {
  const { argv } = s.subroutine("map as arguments", {
    parameters: [...MAP_PARAMETERS, "tool", "pid"],
    results: ["argv"],
  }, ({ argv, tool, pid, ...parameters }) => {
    argv.set(0);
    s.block(({ leave }) => {
      const words = new Text(s, "words of a map", MAP_BYTES, leave);
      // No number has fewer bytes than two, and behind the last one is a NULL.
      const list = s.memory("map arguments", 8 * (2 + MAP_BYTES / 2 + 1));
      s.store(list, tool);
      s.store(list, pid, { offset: 8 });
      const next = s.variable("next argument", list.at(16));
      eachLine(s, parameters, (...numbers) => {
        for (const number of numbers) {
          s.store(next, words.end);
          next.advance(8);
          words.appendDecimal(number);
          words.append("\0");
        }
      });
      argv.set(list);
    });
  })({ ...parametersOf(map), tool: `new${map.kind}map`, pid });
  refuseLarge(s, map, argv);
  return argv;
}

/** The kernel takes no more than a page. */
function refuseLarge(s: Builder, { kind }: IdMap, map: Variable): void {
  s.if(map.is(0), () => s.fail(failed(`/proc/PID/${kind}_map too large for kernel 4k limit`)));
}
