/** The programs that nido is by the name `bwrap`: a link to the binary, where there is one, and the file of the whole command. */
import { bwrap } from "../../cli/bwrap.ts";
import { BWRAP_WORDS } from "../../cli/bwrap_words.ts";
import { openBytes } from "../../launch/freeze.ts";
import { isBinary, NIDO } from "./nido.ts";

/** A kind of such a program, and how it comes into a folder. */
export interface BwrapKind {
  readonly kind: string;
  /** @returns Its path. */
  put(folder: string): string;
}

/** Made once: it takes a second. */
let bytes: Uint8Array | undefined;

const open: BwrapKind = {
  kind: "the file of bwrap",
  put(folder) {
    const path = `${folder}/bwrap`;
    const texts = { help: "HELP\n", version: "VERSION\n", usage: "USAGE\n" };
    bytes ??= openBytes(bwrap, Deno.build.arch, { front: BWRAP_WORDS, texts });
    Deno.writeFileSync(path, bytes);
    Deno.chmodSync(path, 0o755);
    return path;
  },
};

const link: BwrapKind = {
  kind: "a link to nido",
  put(folder) {
    Deno.mkdirSync(`${folder}/link`);
    Deno.symlinkSync(NIDO[0]!, `${folder}/link/bwrap`);
    return `${folder}/link/bwrap`;
  },
};

export const BWRAPS: readonly BwrapKind[] = isBinary ? [link, open] : [open];
