/** The target's number, and its files in /proc. @see proc(5) */
import type { When } from "../../engine/condition.ts";
import { type Message, type Part, words } from "../../engine/failure.ts";
import { textAround } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { isParameter } from "../parameter.ts";
import type { Context } from "../context.ts";
import type { NamedTarget, TargetLooks } from "./target_hints.ts";
import { targetLooks } from "./target_looks.ts";

/** The process that is named as the target, if one is. */
export class TargetPid implements NamedTarget {
  readonly isGiven: When;
  /** The number, where it is known when the plan is made. */
  readonly known: number | undefined;
  readonly #context: Context;

  constructor(context: Context) {
    const { spec: { join }, request } = context;
    this.#context = context;
    this.isGiven = request.isGiven(join?.target);
    this.known = isParameter(join?.target) ? undefined : join?.target;
  }

  get value(): Value {
    const { spec: { join }, request } = this.#context;
    return request.value(join!.target!);
  }

  /** In messages. */
  get number(): Part {
    const { spec: { join }, request } = this.#context;
    return request.number(join!.target!);
  }

  get looks(): TargetLooks {
    return targetLooks(this.#context, this);
  }

  /** The path of a file of its in /proc: "ns/mnt", or "" for the folder. */
  path(file: string): Value {
    const name = file === "" ? "" : `/${file}`;
    if (this.known !== undefined) return `/proc/${this.known}${name}`;
    return textAround(this.#context.s, "/proc/", this.value as Variable, name).said();
  }

  /** The same in messages. */
  shown(file: string): Message {
    return file === "" ? words`/proc/${this.number}` : words`/proc/${this.number}/${file}`;
  }
}
