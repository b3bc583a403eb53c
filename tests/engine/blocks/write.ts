/** Writes programs of blocks as plans. */
import { all, any, not, type When } from "../../../engine/condition.ts";
import { layout, type Struct, struct } from "../../../engine/struct.ts";
import { Text } from "../../../engine/text.ts";
import { constant, Term, type Value, type Variable } from "../../../engine/value.ts";
import type { Trial } from "../trial.ts";
import {
  ARRAY,
  type Body,
  type Field,
  FIELDS,
  type RandomPlan,
  type Statement,
  type Test,
  TEXT_BYTES,
  type Tree,
} from "./tree.ts";

class Writer {
  readonly #s: Trial;
  readonly #plan: RandomPlan;
  readonly #variables = new Map<number, Variable>();
  readonly #exits = new Map<number, { leave(): void; next?(): void }>();
  readonly #fields: Struct<Field>;
  readonly #text: Text;

  constructor(s: Trial, plan: RandomPlan) {
    this.#s = s;
    this.#plan = plan;
    this.#fields = struct(s, "fields", layout(16, FIELDS));
    this.#text = new Text(s, "shown", TEXT_BYTES, () => {
      s.tell(-1);
      s.exit(0, "it is full");
    });
  }

  run(): void {
    this.#write(this.#plan.body);
    this.#s.call("write", [1, this.#text.start, this.#text.length], "the text", {
      fails: "ignored",
    });
  }

  #write(body: Body): void {
    for (const statement of body) this.#statement(statement);
  }

  #value(tree: Tree): Value {
    if (tree.is === "number") return tree.value;
    if (tree.is === "variable") return this.#variables.get(tree.id)!;
    if (tree.is === "field") return this.#fields.get(tree.field);
    const [a, b] = tree.of.map((part) => this.#value(part));
    return this.#term(a!)[tree.is](b!);
  }

  #term(value: Value): Term {
    return value instanceof Term ? value : constant(value as bigint);
  }

  #condition(test: Test): When {
    switch (test.is) {
      case "known":
        return test.value;
      case "not":
        return not(this.#condition(test.of));
      case "all":
        return all(...test.of.map((part) => this.#condition(part)));
      case "any":
        return any(...test.of.map((part) => this.#condition(part)));
      default: {
        const [a, b] = test.of.map((part) => this.#value(part));
        return this.#term(a!)[test.is](b!);
      }
    }
  }

  #statement(statement: Statement): void {
    const s = this.#s;
    const inside = (exit: number, body: Body) => (given: { leave(): void; next?(): void }) => {
      this.#exits.set(exit, given);
      this.#write(body);
    };
    switch (statement.do) {
      case "declare":
        this.#variables.set(statement.id, s.variable("x", this.#value(statement.to)));
        return;
      case "set":
        return this.#variables.get(statement.id)!.set(this.#value(statement.to));
      case "store":
        return this.#fields.set(statement.field, this.#value(statement.to));
      case "tell":
        return s.tell(this.#value(statement.value));
      case "append":
        if (typeof statement.part === "string") this.#text.append(statement.part);
        else this.#text.appendDecimal(this.#value(statement.part));
        return;
      case "if": {
        const { test, then, otherwise } = statement;
        return s.if(
          this.#condition(test),
          () => this.#write(then),
          otherwise ? { otherwise: () => this.#write(otherwise) } : {},
        );
      }
      case "block":
        return s.block(inside(statement.exit, statement.body));
      case "while":
      case "loop": {
        const { exit, counter, rounds, body } = statement;
        const count = s.variable("counter", 0);
        this.#variables.set(counter, count);
        const round = (loop: { leave(): void; next(): void }): void => {
          count.advance();
          inside(exit, body)(loop);
        };
        if (statement.do === "while") return s.while(count.isBelow(rounds), round);
        return s.loop((loop) => {
          s.if(count.isAtLeast(rounds), loop.leave);
          round(loop);
        });
      }
      case "each": {
        const array = s.memory("array", 8 * ARRAY.length);
        ARRAY.forEach((value, i) => s.store(array, value, { offset: 8 * i }));
        return s.each([array, array.at(8 * ARRAY.length), 8], (at, loop) => {
          this.#variables.set(statement.element, s.variable("element", at.word()));
          inside(statement.exit, statement.body)(loop);
        });
      }
      case "switch":
        return s.switch(
          this.#variables.get(statement.on)!,
          statement.cases.map(([value, body]) => [value, () => this.#write(body)]),
          () => this.#write(statement.otherwise),
        );
      case "leave":
        return this.#exits.get(statement.exit)!.leave();
      case "next":
        return this.#exits.get(statement.exit)!.next!();
      case "call":
        this.#variables.set(statement.result, this.#call(statement.name, statement.given));
    }
  }

  #call(name: number, given: Tree): Variable {
    const { parameter, result, body } = this.#plan.subroutines[name]!;
    return this.#s.subroutine(
      `subroutine ${name}`,
      { parameters: ["given"], results: ["found"] },
      ({ given, found }) => {
        this.#variables.set(parameter, given);
        this.#variables.set(result, found);
        this.#write(body);
      },
    )({ given: this.#value(given) }).found;
  }
}

/** Writes it as a plan. */
export function writePlan(s: Trial, plan: RandomPlan): void {
  new Writer(s, plan).run();
}
