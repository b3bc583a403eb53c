/** Drives shells with nido's completions: what does a shell offer for this line? */
import { NIDO, quote, run } from "../support/nido.ts";
import { nido } from "../cli/run_nido.ts";

/** A shell that nido has completions for. */
export type Shell = "bash" | "zsh" | "fish";

/** Splits a line as readline does, and prints what the completion function makes of it. */
const BASH = `
[[ -z $WITH_PACKAGE ]] || . /usr/share/bash-completion/bash_completion
. ./nido.bash
while IFS= read -r line; do
  COMP_LINE=$line COMP_POINT=\${#line} COMP_WORDS=() rest=$line
  while rest=\${rest#"\${rest%%[! ]*}"}; [[ $rest ]]; do
    if [[ $rest == [=:]* ]]; then word=\${rest:0:1}; else word=\${rest%%[ =:]*}; fi
    COMP_WORDS+=("$word") rest=\${rest#"$word"}
  done
  [[ $line == *' ' ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMPREPLY=()
  _nido "\${COMP_WORDS[0]}"
  printf '%s\\n' "== $line" "\${COMPREPLY[@]}"
done
`;

/** Types each line into a zsh on a terminal of its own, with a key (^B) that prints what is offered. */
const ZSH = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d ./zcompdump'
zpty -w shell 'offer() {
  typeset -ga found=()
  compadd() { builtin compadd -A added "$@"; found+=($added); builtin compadd "$@" }
  _main_complete
  unfunction compadd
  print -rl -- "<OFFER>" $found "<END>"
  compstate[insert]= compstate[list]=
}; zle -C offer complete-word offer; bindkey "^B" offer; print REA""DY'
zpty -r -m shell answer '*READY*'
while IFS= read -r line; do
  zpty -w -n shell "$line"$'\\x02'
  zpty -r -m shell answer '*<END>*'
  print -r -- "== $line"
  print -r -- \${\${\${answer##*<OFFER>}%%<END>*}//$'\\r'}
  zpty -w -n shell $'\\x15'
done
zpty -d shell
`;

const FISH = `
source ./nido.fish
while read -l line
    echo "== $line"
    set -l found (complete -C $line | string replace -r '\\t.*' '')
    # Of options fish 4 lists fuzzy matches too; it offers them where none begins with the word.
    set -l word (string match -r '\\S*$' -- $line | string escape --style=regex)
    set -l begun (string match -r -- "^$word.*" $found)
    set -q begun[1]; and set found $begun
    printf '%s\\n' $found
end
`;

const DRIVERS: Readonly<
  Record<Shell, readonly [file: string, command: readonly string[], script: string]>
> = {
  bash: ["nido.bash", ["bash", "--norc"], BASH],
  zsh: ["_nido", ["zsh", "-f"], ZSH],
  fish: ["nido.fish", ["fish"], FISH],
};

/** What the shell offers for each line, in no order. @param env Is added to its environment. */
export async function offers(
  shell: Shell,
  lines: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Map<string, Set<string>>> {
  const [file, command, script] = DRIVERS[shell];
  const folder = Deno.makeTempDirSync({ prefix: "nido-shell-" });
  try {
    Deno.writeTextFileSync(`${folder}/${file}`, (await nido(["completions", shell])).stdout);
    Deno.writeTextFileSync(`${folder}/driver`, script);
    Deno.mkdirSync(`${folder}/bin`);
    // Completions ask nido which namespaces there are.
    for (const [name, command] of [["nido", ""], ["lsns", " lsns"]]) {
      const script = `#!/bin/sh\nexec ${quote(NIDO)}${command} "$@"\n`;
      Deno.writeTextFileSync(`${folder}/bin/${name}`, script, { mode: 0o755 });
    }
    const { stdout, stderr } = await run([...command, "driver"], {
      cwd: folder,
      stdin: lines.map((line) => `${line}\n`).join(""),
      env: {
        HOME: folder,
        XDG_CONFIG_HOME: folder,
        XDG_DATA_HOME: folder,
        PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
        ...env,
      },
    });
    // bash-completion does not expect to be called by anything but readline.
    const complaints = stderr.split("\n").filter((line) => !/compopt: not currently|^$/.test(line));
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
    return new Map(
      stdout.split(/^== /m).slice(1).map((answer) => {
        const [line, ...words] = answer.split("\n");
        return [line!, new Set(words.filter(Boolean))];
      }),
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
