/** Results of steps that only some launches make. */
import type { Builder } from "../engine/builder.ts";
import type { When } from "../engine/condition.ts";
import type { Variable } from "../engine/value.ts";

/** A way to get a result, and when it is taken. */
export type Way = readonly [when: When, steps: () => Variable];

/**
 * The result of the first way that is taken. A way that is known to be leaves no other trace.
 *
 * @param none What there is where no way is taken.
 */
export function firstOf(s: Builder, name: string, ways: readonly Way[], none: number): Variable {
  const open = ways.filter(([when]) => when !== false);
  if (open[0]?.[0] === true) return open[0][1]();
  const result = s.variable(name, none);
  const take = ([way, ...others]: readonly Way[]): void => {
    if (!way) return;
    const [when, steps] = way;
    s.if(
      when,
      () => result.set(steps()),
      others.length > 0 ? { otherwise: () => take(others) } : {},
    );
  };
  take(open);
  return result;
}

/**
 * What steps find out that are made only in some launches: elsewhere it does not hold.
 *
 * @param name What it is called where it is kept.
 */
export function holdsIf(s: Builder, when: When, name: string, steps: () => When): When {
  if (typeof when === "boolean") return when && steps();
  const kept = s.variable(name, 0);
  s.if(when, () => s.if(steps(), () => kept.set(1)));
  return kept.is(1);
}
