/** The target's number, and its files in /proc. @see proc(5) */
import type { When } from "../../engine/condition.ts";
import { type Message, type Part, words } from "../../engine/failure.ts";
import { textAround } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { isParameter } from "../parameter.ts";
import type { Asked } from "../request.ts";

/** The process that is named as the target, if one is. */
export class TargetPid {
  readonly isGiven: When;
  /** The number, where it is known when the plan is made. */
  readonly known: number | undefined;
  readonly #asked: Asked;

  constructor(asked: Asked) {
    const { spec: { join }, request } = asked;
    this.#asked = asked;
    this.isGiven = request.isGiven(join?.target);
    this.known = isParameter(join?.target) ? undefined : join?.target;
  }

  get value(): Value {
    const { spec: { join }, request } = this.#asked;
    return request.value(join!.target!);
  }

  /** In messages. */
  get number(): Part {
    const { spec: { join }, request } = this.#asked;
    return request.number(join!.target!);
  }

  /** The path of a file of its in /proc: "ns/mnt", or "" for the folder. */
  path(file: string): Value {
    const name = file === "" ? "" : `/${file}`;
    if (this.known !== undefined) return `/proc/${this.known}${name}`;
    return textAround(this.#asked.s, "/proc/", this.value as Variable, name);
  }

  /** The same in messages. */
  shown(file: string): Message {
    return file === "" ? words`/proc/${this.number}` : words`/proc/${this.number}/${file}`;
  }
}
