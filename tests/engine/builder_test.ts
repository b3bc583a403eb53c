// The language that steps are written in, run on both architectures.

import { assertEquals, assertThrows } from "@std/assert";
import { Builder } from "../../engine/builder.ts";
import { all, any, not } from "../../engine/condition.ts";
import { layout, Struct, struct } from "../../engine/struct.ts";
import { Text, textAround } from "../../engine/text.ts";
import { constant, type Value } from "../../engine/value.ts";
import { verify } from "../../engine/verify.ts";
import { planSteps } from "../../engine/print.ts";
import { broken, builder, tells, Trial } from "./trial.ts";

const PURE = { permissions: "none" } as const;

tells("expressions are worked out from the inside", (s) => {
  const x = s.variable("x", 6);
  s.tell(x.plus(1).times(x.minus(1)), x.shiftedLeft(4).or(1), x.and(3).shiftedRight(1));
  x.set(x.times(x).minus(x));
  s.tell(x, constant(100).minus(x));
}, [35, 97, 1, 30, 70]);

tells("a variable is what its block has last set it to", (s) => {
  const x = s.variable("x", 1);
  s.block(() => {
    const own = s.variable("x", 5);
    own.advance();
    s.tell(own);
  });
  x.advance(10);
  s.tell(x);
}, [6, 11]);

tells("if takes one way or the other", (s) => {
  for (const value of [3, 4]) {
    const x = s.variable("x", value);
    s.if(x.is(3), () => s.tell(1), { otherwise: () => s.tell(2) });
    s.if(x.isNot(3), () => s.tell(7));
  }
}, [1, 2, 7]);

tells("what is known when the plan is made leaves no test", (s) => {
  const steps = s.steps.length;
  s.if(false, () => s.tell(1));
  assertEquals(s.steps.length, steps);
  s.if(true, () => s.tell(2), { otherwise: () => s.tell(3) });
  s.if(not(true), () => s.tell(3), { otherwise: () => s.tell(4) });
  assertEquals(s.steps.some((step) => step.do === "test"), false);
}, [2, 4]);

tells("a switch takes the case of its number among many", (s) => {
  const x = s.variable("x", 0);
  s.while(x.isBelow(12), () => {
    s.switch(x, [1, 2, 3, 5, 8, 9, 10].map((n) => [n, () => s.tell(n)]), () => s.tell(0));
    x.advance();
  });
}, [0, 1, 2, 3, 0, 5, 0, 0, 8, 9, 10, 0]);

tells("what is 0 outside of all blocks takes no step, and in a loop is 0 in each round", (s) => {
  const steps = s.steps.length;
  const outer = s.variable("outer", 0);
  assertEquals(s.steps.length, steps);
  s.while(outer.isBelow(2), () => {
    const inner = s.variable("inner", 0);
    inner.advance();
    outer.advance();
    s.tell(inner, outer);
  });
}, [1, 1, 1, 2]);

const TABLE = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b] as const));

tells(
  "all, any and not are what logic says",
  (s) => {
    for (const [p, q] of TABLE) {
      const [a, b] = [s.variable("a", p), s.variable("b", q)];
      const [one, other] = [a.is(1), b.is(1)];
      const conditions = [
        all(one, other),
        any(one, other),
        not(all(one, other)),
        not(any(one, other)),
      ];
      for (const condition of [...conditions, all(true, one), any(false, other), any(true, one)]) {
        s.if(condition, () => s.tell(1), { otherwise: () => s.tell(0) });
      }
    }
  },
  TABLE.flatMap(([a, b]) => [a & b, a | b, 1 - (a & b), 1 - (a | b), a, b, 1]),
);

tells("comparisons are unsigned, but for isLess", (s) => {
  const x = s.variable("x", -1);
  for (const condition of [x.isBelow(1), x.isAtLeast(1), x.isLess(1), x.is(-1), x.isOneOf(3, -1)]) {
    s.if(condition, () => s.tell(1), { otherwise: () => s.tell(0) });
  }
}, [0, 1, 1, 1, 1]);

tells("while goes round as long as its condition holds, and not once if it does not", (s) => {
  const x = s.variable("x", 0);
  const sum = s.variable("sum", 0);
  s.while(x.isBelow(5), () => {
    x.advance();
    sum.set(sum.plus(x));
  });
  s.while(x.isBelow(5), () => s.tell(99));
  s.tell(sum);
}, [15]);

tells("a loop is left, and goes on with its next round, from anywhere inside", (s) => {
  const x = s.variable("x", 0);
  s.loop((loop) => {
    x.advance();
    s.if(x.is(2), () => loop.next());
    s.block(() => s.if(x.is(4), () => loop.leave()));
    s.tell(x);
  });
}, [1, 3]);

tells("each goes through the elements of an array", (s) => {
  const array = s.memory("array", 40);
  for (let i = 0; i < 5; i++) s.store(array, 10 * i, { offset: 8 * i });
  s.each([array, array.at(40), 8], (element, { next, leave }) => {
    s.if(element.word().is(10), next);
    s.if(element.word().is(30), leave);
    s.tell(element.word());
  });
  s.each([array, array, 8], () => s.tell(99));
}, [0, 20]);

tells("switch runs the block of the value, or else the other", (s) => {
  for (const value of [1, 2, 3]) {
    s.switch(
      s.variable("x", value),
      [[1, () => s.tell(10)], [2, () => s.tell(20)]],
      () => s.tell(0),
    );
  }
}, [10, 20, 0]);

tells("a subroutine is written once, and gives results wherever it is called", (s) => {
  let written = 0;
  const square = (value: number) =>
    s.subroutine("square", { parameters: ["x"], results: ["square"] }, ({ x, square }) => {
      written++;
      s.if(x.is(0), () => square.set(0), { otherwise: () => square.set(x.times(x)) });
    })({ x: value }).square;
  const results = [square(3), square(0), square(5)];
  s.tell(...results);
  assertEquals(written, 1);
}, [9, 0, 25]);

tells("subroutines call others", (s) => {
  const twice = (x: Value) =>
    s.subroutine("twice", { parameters: ["x"], results: ["y"] }, ({ x, y }) => y.set(x.plus(x)))({
      x,
    }).y;
  const fourTimes = (x: Value) =>
    s.subroutine("four times", { parameters: ["x"], results: ["y"] }, ({ x, y }) => {
      y.set(twice(twice(x)));
    })({ x }).y;
  s.tell(fourTimes(3), twice(1), fourTimes(5));
}, [12, 2, 20]);

tells("a process is a block: it ends, and its parent goes on", (s) => {
  const fails = broken("fork failed");
  const child = s.startProcess({ name: "child", note: "start", fails }, () => {
    s.tell(1);
    s.exit(3, "the child's end");
  });
  const status = s.memory("status", 4);
  s.call("wait4", [child, status, 0, 0], "wait", { fails: broken("wait failed") });
  s.tell(status.half().shiftedRight(8));
}, [1, 3]);

tells("a process goes on as its child while its parent waits", (s) => {
  const fails = broken("fork failed");
  s.becomeChild({ name: "child", note: "start", fails }, "waiter", (child) => {
    const status = s.memory("status", 4);
    s.call("wait4", [child, status, 0, 0], "wait", { fails: broken("wait failed") });
    s.tell(status.half());
    s.exit(0, "the waiter's end");
  });
  s.tell(5);
}, [5, 0]);

tells("a failed call runs the block of its error, and goes on behind", (s) => {
  const close = (fd: number, otherwise: "ignored" | (() => void) = "ignored") =>
    s.call("close", [fd], "close", { fails: { EBADF: () => s.tell(1), otherwise } });
  close(99);
  s.call("chdir", ["/no/such/folder"], "go", {
    fails: {
      EBADF: () => s.tell(2),
      otherwise: (error) => {
        s.if(error.is("EACCES", "ENOENT"), () => s.tell(3));
      },
    },
  });
  s.call("chdir", ["/"], "go", { fails: () => s.tell(4) });
  s.tell(5);
}, [1, 3, 5]);

tells("fields of structs have 1, 2, 4 and 8 bytes", (s) => {
  const LAYOUT = layout(16, { a: [0, 1], b: [2, 2], c: [4, 4], d: [8, 8] });
  const one = struct(s, "one", LAYOUT);
  for (const field of ["a", "b", "c", "d"] as const) one.set(field, -2);
  s.tell(one.get("a"), one.get("b"), one.get("c"), one.get("d"));
  const same = new Struct(s, LAYOUT, s.variable("address", one.at));
  same.set("a", 7);
  s.tell(one.get("a"), one.at.byte(1));
}, [0xfe, 0xfffe, 0xfffffffe, -2, 7, 0]);

tells("a text takes what it has room for", (s) => {
  const text = new Text(s, "text", 16, () => {
    s.tell(-1);
    s.exit(0, "too long");
  });
  const name = s.variable("name", "cd");
  text.append("ab", { start: name, length: 2 });
  text.appendString(name);
  text.appendDecimal(1234567890);
  s.if(text.start.begins("abcdcd1234567890"), () => s.tell(text.length));
  text.append("!");
}, [16, -1]);

tells("a number stands in the midst of a text, or at its end", (s) => {
  const pid = s.variable("pid", 4126);
  for (const [before, after, whole] of [["/proc/", "/ns", "/proc/4126/ns"], ["", "", "4126"]]) {
    const text = textAround(s, before!, pid, after!);
    s.if(text.begins(`${whole}\0`), () => s.tell(whole!.length));
  }
}, [13, 4]);

Deno.test("names that are used again are shown without what tells them apart", PURE, () => {
  const s = builder();
  for (const when of ["once", "again"]) {
    const fd = s.call("getpid", [], when, { result: "pid", fails: "ignored" });
    s.call("chdir", [textAround(s, "/proc/", fd, "")], when, { fails: "ignored" });
    s.call("pipe2", [s.memory("ends", 8), fd], when, { fails: "ignored" });
  }
  const shown = ["getpid()", 'chdir("/proc/<pid>")', "pipe2(&ends, <pid>)"];
  assertEquals(planSteps(s.plan("test")).map(({ call }) => call), [...shown, ...shown]);
});

tells("what is compared is what stands in memory", (s) => {
  const [one, other] = [s.variable("one", "abcde"), s.variable("other", "abxde")];
  for (const condition of [one.begins("ab"), one.begins("abx"), one.isSame(other, 2)]) {
    s.if(condition, () => s.tell(1), { otherwise: () => s.tell(0) });
  }
  s.tell(one.seek("c".charCodeAt(0)).minus(one), one.byte(3));
}, [1, 0, 1, 2, 100]);

Deno.test("a call that is refused says its own failure, or that of a block", async () => {
  const cases: [(s: Trial) => void, string][] = [
    [
      (s) => s.call("chdir", ["/no/such/folder"], "go", { fails: broken("one") }),
      "test: one: No such file",
    ],
    [(s) =>
      s.call("chdir", ["/no/such/folder"], "go", {
        fails: { ENOENT: broken("two"), otherwise: broken("one") },
      }), "test: two: No such file"],
    [(s) =>
      s.call("chdir", ["/no/such/folder"], "go", {
        fails: { EACCES: broken("two"), otherwise: broken("one") },
      }), "test: one: No such file"],
    [
      (s) =>
        s.call("chdir", ["/no/such/folder"], "go", {
          fails: (error) => error.fail(broken("three")),
        }),
      "test: three: No such file",
    ],
    [
      (s) =>
        s.call("chdir", ["/no/such/folder"], "go", {
          fails: (error) => {
            const result = s.variable("result", error.result);
            s.call("close", [-1], "another that fails", { fails: "ignored" });
            error.fail(broken("four"), result);
          },
        }),
      "test: four: No such file",
    ],
  ];
  for (const [write, expected] of cases) {
    const s = new Trial();
    write(s);
    const { code, stderr } = await s.outcome(Deno.build.arch);
    assertEquals([code, stderr.slice(0, expected.length)], [9, expected]);
    assertEquals(stderr.includes('\n  step: chdir("/no/such/folder") = ENOENT\n'), true, stderr);
  }
});

Deno.test("what can never be meant is refused where it is written", PURE, () => {
  const s = builder();
  let inner = s.variable("inner");
  s.block(() => inner = s.variable("inner", 1));
  assertThrows(
    () => inner.plus(1) && s.variable("outer", inner),
    Error,
    'variable "inner#2" outside',
  );
  assertThrows(
    () => s.startProcess({ name: "child", note: "start", fails: broken("no") }, () => {}),
    Error,
    'process "child"',
  );
  assertThrows(() => s.memory("small", 8).at(9), RangeError, "small");
  assertThrows(() => s.store(s.memory("small", 8), 1, { offset: 4 }), RangeError, "small");
  const itself = (): unknown => s.subroutine("itself", { parameters: [] }, () => void itself())({});
  assertThrows(itself, Error, 'subroutine "itself" inside of itself');
  const over = builder();
  over.exit(0, "the end");
  assertThrows(() => over.variable("late", 1), Error, "Cannot be reached");
  const fails = { ENONE: broken("no"), otherwise: broken("no") };
  assertThrows(() => builder().call("close", [1], "close it", { fails }), TypeError, '"ENONE"');
});

Deno.test("steps that rest, or that follow a failure, are refused unless they end", PURE, () => {
  const close = (s: Builder) => () => s.call("close", [1], "close it", { fails: "ignored" });
  for (
    const [write, refusal] of [
      [(s: Builder, body: () => void) => s.rest(body), "Cannot rest for a while"],
      [(s: Builder, body: () => void) => s.whenFailed(body), "Cannot go on after a failure"],
    ] as const
  ) {
    const s = builder();
    assertThrows(() => write(s, close(s)), Error, refusal);
    const ending = builder();
    write(ending, () => ending.exit(0, "the end"));
    assertThrows(() => ending.variable("late", 1), Error, "Cannot be reached");
  }
});

Deno.test("steps in front of a plan share no name with it", PURE, () => {
  const write = (s: Builder): void => {
    const memory = s.memory("memory", 8);
    const x = s.variable("x", 3);
    s.while(x.isNot(0), () => x.set(x.minus(1)));
    s.store(memory, x);
  };
  const s = builder();
  write(s);
  write(s);
  s.exit(0, "the end");
  const whole = Builder.before(s.plan("test"), "first", write);
  verify(whole);
  assertEquals(whole.steps.slice(-s.steps.length), s.steps);
  assertEquals(Object.keys(whole.buffers), ["memory", "memory#2", "memory#3"]);
});
