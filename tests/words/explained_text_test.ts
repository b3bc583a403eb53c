// What people read of an explanation is not the environment that they have.

import { assertEquals } from "@std/assert";
import { explainedText } from "../../cli/explained_text.ts";
import { encode } from "../../ffi/bytes.ts";

const ENVIRONMENT = ["HOME=/root", 'QUOTED=a ", "b', "PATH=/usr/bin"].map(encode);
const OWN = String.raw`"HOME=/root", "QUOTED=a \", \"b", "PATH=/usr/bin"`;

const CASES: readonly (readonly [about: string, call: string, shown: string])[] = [
  [
    "variables of the caller's are counted, and others are told",
    `execve("/bin/sh", ["sh", "-c"], [${OWN}, "PWD=/", "A=]"])`,
    `execve("/bin/sh", ["sh", "-c"], [/* 3 of the caller's variables */, "PWD=/", "A=]"])`,
  ],
  [
    "one with another value is another",
    'execve("/bin/sh", ["sh"], ["HOME=/", "PATH=/usr/bin"])',
    `execve("/bin/sh", ["sh"], [/* 1 of the caller's variables */, "HOME=/"])`,
  ],
  [
    "there may be flags behind them",
    `execveat(<copy>, "", ["sh"], [${OWN}], AT_EMPTY_PATH)`,
    `execveat(<copy>, "", ["sh"], [/* 3 of the caller's variables */], AT_EMPTY_PATH)`,
  ],
  [
    "arguments are no environment",
    'execve("/bin/sh", ["PATH=/usr/bin"], <environ>)',
    'execve("/bin/sh", ["PATH=/usr/bin"], <environ>)',
  ],
  [
    "nothing is said of an environment that has none of them",
    'execve("/bin/sh", ["sh"], ["A=b"])',
    'execve("/bin/sh", ["sh"], ["A=b"])',
  ],
  ["other calls are as they are", 'write(1, "PATH=/usr/bin", 13)', 'write(1, "PATH=/usr/bin", 13)'],
];

for (const [about, call, shown] of CASES) {
  Deno.test(about, () => {
    const text = explainedText([{ step: 1, process: "main", call, note: "a note" }], ENVIRONMENT);
    assertEquals(text, `main:\n  1  ${shown}\n     # a note\n`);
  });
}
