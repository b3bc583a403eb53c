/** `nido learn`: the walkthrough, typed in a real shell step by step. */
import type { MachineFacts } from "../launch/probe/machine_facts.ts";
import { readMachineFacts } from "../launch/run/machine_facts.ts";
import { probeFor } from "../launch/run/probe.ts";
import { givenPaint } from "./colour.ts";
import { getopt, type Info, type Option, UsageError } from "./getopt.ts";
import { Events } from "./learn/events.ts";
import { Lesson } from "./learn/lesson.ts";
import { probesOf } from "./learn/obstacles.ts";
import { type Page, parsePage, type Section, type Topic, TOPICS } from "./learn/page.ts";
import { blockText, paragraph, sectionText, type Style } from "./learn/text.ts";
import { OPTION_WORDS } from "./option_words.ts";
import { HELP_OPTION, write } from "./output.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [HELP_OPTION];

/** Where the page is: in the repository, and in the binary beside the program. */
const PAGES = ["../docs/walkthrough.md", "./walkthrough.md"];

/** This file where nido runs from source, and else the binary. */
const PROGRAM = Deno.build.standalone
  ? Deno.execPath()
  : decodeURI(new URL("../cli.ts", import.meta.url).pathname);

const WELCOME =
  "Each line is typed when you press Enter: in a real shell, in namespaces of its own, which end " +
  "with it and leave nothing behind. Tab skips it; `q`, Ctrl-C and Ctrl-D leave. With any other key the line is " +
  "yours, to be changed or written anew; after Try it, Enter alone goes on.";

/** For who is not root. */
const AS_OTHERS =
  "You are not root of this machine: so the shell is root in a user namespace of its own, which owns all that is " +
  "made there. `nido learn user` is about these.";

/** @throws {UsageError} */
function readPage(): Page {
  if (!import.meta.url.startsWith("file:")) {
    throw new UsageError("it needs the files of nido: a clone of it, or the binary");
  }
  for (const path of PAGES) {
    try {
      return parsePage(Deno.readTextFileSync(new URL(path, import.meta.url)));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new UsageError(
    "docs/walkthrough.md is not there",
    false,
    undefined,
    "this nido is not whole",
  );
}

/** @throws {UsageError} */
function topicFrom(word: string): Topic {
  const names = Object.keys(TOPICS) as Topic[];
  // Options of unshare(1) are longer: --mount, --network.
  const found = names.find((name) =>
    name === word || word !== "" && TOPICS[name].slice(0, -1).toLowerCase() === word
  );
  if (found) return found;
  const unknownWord = { word, among: names };
  throw new UsageError(
    `there is no topic '${word}'; there are ${names.join(", ")}`,
    true,
    unknownWord,
  );
}

function styleNow(): Style & { readonly rows: number } {
  const paint = givenPaint();
  const isTerminal = Deno.stdout.isTerminal();
  const rows = isTerminal ? Deno.consoleSize().rows : 24;
  return { paint, ascii: !isUtf8(), width: terminalWidth() ?? 80, rows };
}

/** The learner's keys and what else may end it, until the terminal is closed. */
function listen(events: Events, resize: () => void): void {
  const leave = (): void => events.add({ kind: "leave" });
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, leave);
  }
  Deno.addSignalListener("SIGWINCH", resize);
  void (async () => {
    const room = new Uint8Array(1024);
    for (;;) {
      const got = await Deno.stdin.read(room).catch(() => null);
      if (got === null) return leave();
      events.add({ kind: "keys", bytes: room.slice(0, got) });
    }
  })();
}

async function teach(
  sections: readonly Section[],
  intro: string,
  { uid, gid, privileged: isPrivileged }: MachineFacts,
): Promise<boolean> {
  const events = new Events();
  const learner = { uid, gid, isPrivileged };
  const probes = probesOf(sections.map(({ topic }) => topic), learner);
  const lesson = new Lesson({
    events,
    learner,
    results: (await probeFor(OPTION_WORDS, probes)).results,
    nido: PROGRAM,
    style: styleNow,
    write,
  });
  listen(events, () => lesson.resize());
  Deno.stdin.setRaw(true);
  try {
    return await lesson.go(sections, intro);
  } finally {
    try {
      Deno.stdin.setRaw(false);
      // What the shell may have asked the terminal for: pasted text in brackets.
      write("\x1b[?2004l\n");
    } catch {
      // The terminal has been closed.
    }
  }
}

/** Runs `nido learn`. @throws {UsageError} */
export async function learn(words: readonly string[]): Promise<number | Info> {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  if (given.some(({ long }) => long === "help")) return "help";
  if (operands.length > 1) throw new UsageError("only one topic can be given", true);
  const topic = operands[0] === undefined ? undefined : topicFrom(operands[0]);
  const { intro, sections } = readPage();
  const chosen = topic ? sections.filter((one) => one.topic === topic) : sections;
  const style = styleNow();
  const introText = topic ? "" : intro.map((block) => `${blockText(block, style)}\n\n`).join("");
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    // There is nobody to type for: it is to be read.
    const texts = chosen.map((section) => sectionText(section, "", style));
    write(introText + texts.join("\n"));
    return 0;
  }
  const machine = readMachineFacts();
  const welcome = machine.privileged ? [WELCOME] : [WELCOME, AS_OTHERS];
  const said = introText + welcome.map((text) => paragraph(text, style)).join("\n\n");
  const isOver = await teach(chosen, said, machine);
  const next = sections[sections.indexOf(chosen.at(-1)!) + 1];
  if (isOver && topic && next) write(`The next topic: nido learn ${next.topic}\n`);
  return 0;
}
