/** The manual of `nido completions`. */
import { OPTIONS, SHELLS } from "../completions.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] bash|zsh|fish"],
  description: [
    "Print a script that teaches a shell to complete nido's commands, options and their values, " +
    "and behind them the launched program's own. Links to nido named unshare, nsenter, lsns and " +
    "bwrap are completed too.",
  ],
  options: OPTIONS,
  operands: SHELLS,
  examples: [
    {
      line: "completions bash >~/.local/share/bash-completion/completions/nido",
      does: "for bash with the bash-completion package",
    },
    {
      line: "completions zsh >/usr/local/share/zsh/site-functions/_nido",
      does: "for zsh, or into another folder of $fpath",
    },
    {
      line: "completions fish >~/.config/fish/completions/nido.fish",
      does: "for fish",
    },
  ],
};
