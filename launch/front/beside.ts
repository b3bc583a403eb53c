/**
 * An image of the front beside the first: one command, which the first has found to be typed. It is
 * entered as the kernel would do it.
 */
import type { Builder } from "../../engine/builder.ts";
import type { FrontEnd } from "../../engine/failure.ts";
import { POINTER_BYTES } from "../../engine/operand.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Variable } from "../../engine/value.ts";
import { openPlan, ownEnds } from "../open.ts";
import { explainsFrom } from "../start/explained.ts";
import { baseName } from "../program/shell.ts";
import type { BeforeEnd, CommandEnds } from "../request/command.ts";
import type { OpenCommand } from "../request/spec.ts";
import { leaveToDeno } from "./leave.ts";
import type { Behind } from "./loader.ts";

/** What such an image makes. */
export interface Beside {
  readonly command: OpenCommand;
  /** In whose name it speaks. Default: the command's. */
  readonly speaker?: string;
  readonly front: FrontEnd;
  /** What it tells about itself, as of ownEnds(). Default: Deno does, and refuses words for all. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly behind: Behind;
}

/** The plan of such an image. */
export function besidePlan({ command, speaker, front, texts, behind }: Beside): Plan {
  const { name } = command;
  const ends = texts ? ownOrDenoEnds(texts, behind) : denoEnds(behind);
  return openPlan({ ...command, name: speaker ?? name }, ends, front, {
    part: behind.image,
    behind: behind.mapped,
    wordsOf: (s) => findWords(s, name),
  });
}

/** Leaves words that make no launch to Deno. */
function denoEnds(behind: Behind): CommandEnds {
  const leave = (s: Builder, before?: BeforeEnd): void => {
    s.subroutine("leave to Deno", { parameters: [] }, () => {
      before?.renew();
      leaveToDeno(s, behind);
    })({});
  };
  return { tell: (s, _, before) => leave(s, before), refuse: (s, _, before) => leave(s, before) };
}

/** The same for those alone that are refused where a person looks: Deno guesses what was meant. */
function ownOrDenoEnds(texts: Readonly<Record<string, string>>, behind: Behind): CommandEnds {
  const own = ownEnds(texts);
  return {
    tell: own.tell,
    refuse(s, failure, before) {
      s.subroutine("leave to Deno if a person looks", { parameters: [] }, () => {
        s.if(explainsFrom(s)(s), () => {
          before?.renew();
          leaveToDeno(s, behind);
        });
      })({});
      own.refuse(s, failure, before);
    },
  };
}

/** Finds what follows `nido COMMAND`, or `COMMAND` by a link. */
function findWords(s: Builder, name: string): Variable {
  const first = s.stack.plus(POINTER_BYTES);
  const words = s.variable("words of the command", first.plus(POINTER_BYTES));
  const isLink = baseName(s, first.word()).begins(`${name}\0`);
  s.if(isLink, () => {}, { otherwise: () => words.advance(POINTER_BYTES) });
  return words;
}
