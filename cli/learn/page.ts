/** The walkthrough, docs/walkthrough.md, as sections of texts and lines to type. Pure. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";

/** A section's name on the command line: a type of namespaces, or all of them. */
export type Topic = NamespaceType | "all";

/** How the headings of the topics begin, in the order of the page. */
export const TOPICS: Readonly<Record<Topic, string>> = {
  pid: "PID:",
  mnt: "Mount:",
  uts: "UTS:",
  ipc: "IPC:",
  net: "Network:",
  user: "User:",
  cgroup: "Cgroup:",
  time: "Time:",
  all: "All ",
};

/** A line to type, and what the page shows of its output. */
export interface Step {
  /** Whether it is typed in a shell that a line before has started, and not in the first one. */
  readonly isInner: boolean;
  readonly line: string;
  readonly output: readonly string[];
}

/** A heading, a paragraph, or a paragraph that asks the reader to do something. */
export interface TextBlock {
  readonly kind: "heading" | "text" | "try";
  readonly text: string;
}

/** Lines to type. */
export interface ConsoleBlock {
  readonly kind: "console";
  /** Whether an ordinary user types them. */
  readonly user: boolean;
  readonly steps: readonly Step[];
}

/** A part of a section. */
export type Block = TextBlock | ConsoleBlock;

/** A section: one topic. */
export interface Section {
  readonly topic: Topic;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** The page. */
export interface Page {
  readonly intro: readonly Block[];
  readonly sections: readonly Section[];
}

/** What a paragraph begins with that asks the reader to do something. */
const TRY = "**Try it.** ";

const topicOf = (title: string): Topic | undefined =>
  (Object.keys(TOPICS) as Topic[]).find((topic) => title.startsWith(TOPICS[topic]));

function consoleOf(info: string, lines: readonly string[]): Block {
  const steps: { isInner: boolean; line: string; output: string[] }[] = [];
  for (const line of lines) {
    if (/^[$#] /.test(line)) {
      steps.push({ isInner: line.startsWith("#"), line: line.slice(2), output: [] });
    } else steps.at(-1)?.output.push(line);
  }
  return { kind: "console", user: info.endsWith(" user"), steps };
}

function paragraphOf(lines: readonly string[]): Block {
  const text = lines.join(" ").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return text.startsWith(TRY) ? { kind: "try", text: text.slice(TRY.length) } : {
    kind: "text",
    text,
  };
}

/** Parses the page. */
export function parsePage(markdown: string): Page {
  const intro: Block[] = [];
  const sections: (Section & { readonly blocks: Block[] })[] = [];
  const add = (block: Block): void => void (sections.at(-1)?.blocks ?? intro).push(block);
  let paragraph: string[] = [];
  let fence: { readonly info: string; readonly lines: string[] } | undefined;
  const endParagraph = (): void => {
    if (paragraph.length > 0) add(paragraphOf(paragraph));
    paragraph = [];
  };
  for (const line of [...markdown.split("\n"), ""]) {
    if (fence) {
      if (line !== "```") fence.lines.push(line);
      else {
        add(consoleOf(fence.info, fence.lines));
        fence = undefined;
      }
      continue;
    }
    const heading = line.match(/^(#+) (.*)$/);
    if (heading || line === "" || line.startsWith("```")) endParagraph();
    if (line.startsWith("```")) fence = { info: line.slice(3), lines: [] };
    else if (heading) {
      const [, marks, title] = heading as unknown as [string, string, string];
      const topic = marks === "##" ? topicOf(title) : undefined;
      if (topic) sections.push({ topic, title, blocks: [] });
      else add({ kind: "heading", text: title });
    } else if (line !== "") paragraph.push(line);
  }
  return { intro, sections };
}
