/** What an option means, put into a draft: the same in steps is launch/request/exact/readers.ts. */
import { type Meaning, NO_NAME, PATH_WORDS, type ValueKind } from "../../launch/request/spec.ts";
import { endsInNoName } from "../../launch/root/record.ts";
import type { RootOperation } from "../../launch/root/spec.ts";
import type { Option } from "../getopt.ts";
import type { ExactDraft } from "./draft.ts";
import {
  parseBytes,
  parseCapability,
  parseDescriptor,
  parseId,
  parseMode,
  parsePath,
  parseVariable,
  refuse,
} from "./values.ts";

/** Puts what an option means into a draft. */
type Applier = (
  draft: ExactDraft,
  meaning: Meaning,
  option: Option,
  words: readonly string[],
) => void;

/** What the words of an operation are, by their names. */
const OPERANDS: Readonly<Record<string, string>> = {
  RWSRC: "upper",
  WORKDIR: "work",
  DEST: "destination",
  PATH: "destination",
  OCTAL: "perms",
};

/** Where the word SRC or FD belongs. */
const sourceOf = (kind: string): string =>
  kind === "symlink" ? "target" : kind.endsWith("bind") ? "source" : "content";

function addOperation(
  draft: ExactDraft,
  { operation, try: isTry }: Meaning,
  { long, words: names = [] }: Option,
  words: readonly string[],
): void {
  const kind = operation!;
  const made: Record<string, unknown> = { kind };
  names.forEach((name, i) => {
    const text = words[i]!;
    const field = OPERANDS[name] ?? sourceOf(kind);
    if (name === "FD") made[field] = { fd: parseDescriptor(text) };
    else made[field] = name === "OCTAL" ? parseMode(text, long) : text;
  });
  const next = draft.next.take(kind, long);
  names.forEach((name, i) => {
    if (PATH_WORDS.includes(name)) parsePath(words[i]!, long);
  });
  if (endsInNoName(made as unknown as RootOperation)) {
    refuse(`${NO_NAME}${made.destination}`);
  }
  draft.add("newRoot", { ...made, ...next, ...(isTry ? { try: true } : {}) });
}

/** What an option says about a variable. */
function addEdit(
  draft: ExactDraft,
  { field, usual }: Meaning,
  { long }: Option,
  [name = "", value]: readonly string[],
): void {
  if (usual === "clear") draft.add(field, { clear: true });
  else if (usual === "unset") draft.add(field, { unset: parseVariable(name, long) });
  else draft.add(field, { set: parseVariable(name, long), value: draft.word(value!) });
}

function addFilter(draft: ExactDraft, long: string, text: string, isOnly: boolean): void {
  draft.filters(long);
  if (isOnly) draft.set("seccomp", []);
  draft.add("seccomp", { fd: parseDescriptor(text) });
}

/** What each kind of value does. */
export const APPLY: Readonly<Partial<Record<ValueKind, Applier>>> = {
  text(draft, { field, usual }, { long, words = [] }, [text]) {
    if (text === undefined) return draft.set(field, usual);
    draft.set(field, draft.word(PATH_WORDS.includes(words[0]!) ? parsePath(text, long) : text));
  },
  type(draft, { field, usual }) {
    const before = draft.get(field) as unknown[] ?? [];
    draft.set(field, [...new Set([...before, usual])]);
  },
  "no type"(draft, { field, usual }) {
    draft.set(field, (draft.get(field) as unknown[]).filter((type) => type !== usual));
  },
  uid: (draft, { field }, { long }, [text = ""]) => draft.set(field, parseId(text, long)),
  gid: (draft, { field }, { long }, [text = ""]) => draft.set(field, parseId(text, long)),
  descriptor: (draft, { field }, _, [text = ""]) => draft.set(field, parseDescriptor(text)),
  descriptors(draft, { field }, { long }, [text = ""]) {
    if (field === "seccomp") addFilter(draft, long, text, false);
    else draft.add(field, parseDescriptor(text));
  },
  "only descriptor": (draft, _, { long }, [text = ""]) => addFilter(draft, long, text, true),
  texts: (draft, { field }, { long }, [text = ""]) => draft.add(field, parsePath(text, long)),
  operation: addOperation,
  octal(draft, _, { long }, [text = ""]) {
    draft.next.set("perms", long, () => parseMode(text, long));
  },
  bytes: (draft, _, { long }, [text = ""]) => draft.next.set("size", long, () => parseBytes(text)),
  layer: (draft, _meaning, _option, [text = ""]) => draft.next.addLayer(text),
  capability(draft, { field, usual }, _, [text = ""]) {
    draft.add(field, { [usual as string]: parseCapability(text) });
  },
  environment: addEdit,
};
