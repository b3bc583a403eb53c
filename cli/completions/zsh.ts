/** Completions for zsh. @see zshcompsys(1) */
import {
  type Choice,
  type CompletableCommand,
  type CompletableOption,
  DROP_INS,
  explainedNames,
  isCommand,
  launchingNames,
  OWN,
  quoted,
} from "./commands.ts";

const ACTIONS: Readonly<Record<Exclude<Choice, readonly string[]>, string>> = {
  file: "_files",
  dir: "_files -/",
  pid: "_nido_pids",
  user: "_users",
  group: "_groups",
  variables: "_parameters -g '*export*'",
  namespace: "_nido_namespaces",
  program: "_command_names -e",
  "launching command": `(${launchingNames().join(" ")})`,
  "explained command": `(${explainedNames().join(" ")})`,
};

/** The action that completes a value; a message if there is none. */
function action(choice: Choice | undefined, list = false): string {
  if (choice === undefined) return " ";
  if (typeof choice === "string") return `${list ? "_nido_list " : ""}${ACTIONS[choice]}`;
  const words = choice.join(" ");
  return list ? `_nido_list compadd - ${words}` : `(${words})`;
}

/** Text within a specification of _arguments. */
const plain = (text: string): string => text.replace(/[[\]:\\]/g, "\\$&");

function optionSpecs(option: CompletableOption): string[] {
  const { long, short, value, attached, shown = "value", help, choice, list, words = [] } = option;
  const says = `[${plain(help)}]`;
  if (words.length > 0) {
    return [`*--${long}${says}${words.map((word) => `:${word}:${action(choice)}`).join("")}`];
  }
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${long}`].join(" ");
  if (value === undefined) return names.split(" ").map((one) => `(${names})${one}${says}`);
  const argument = `:${plain(shown)}:${action(choice, list)}`;
  if (value === "required") {
    return [
      ...(short === undefined ? [] : [`*-${short}+${says}${argument}`]),
      `*--${long}=${says}${argument}`,
    ];
  }
  const ofShort = attached ? `*-${short}-${says}:${argument}` : `(${names})-${short}${says}`;
  return [...(short === undefined ? [] : [ofShort]), `*--${long}=-${says}:${argument}`];
}

function operandSpecs(operands: Choice): string[] {
  if (operands === "program") {
    return [`(-):program:${action(operands)}`, "*::argument:_normal"];
  }
  if (isCommand(operands)) {
    return [`(-):command:${action(operands)}`, "*::argument:_nido_dispatch"];
  }
  if (typeof operands === "string") return [`*:${operands}:${action(operands)}`];
  return operands.length === 0 ? [] : [`*:word:${action(operands)}`];
}

/** Options end at the first operand only where what follows belongs to another program or command. */
const flags = (operands: Choice): string =>
  operands === "program" || isCommand(operands) ? "-s -S -A '-*'" : "-s -S";

function commandFunction({ name, options, operands }: CompletableCommand): string {
  const specs = [...options.flatMap(optionSpecs), ...operandSpecs(operands)];
  return `_nido_${name}() {
  _arguments ${flags(operands)} : \\
${specs.map((spec) => `    ${quoted(spec)}`).join(" \\\n")}
}`;
}

/** The script. */
export function zsh(commands: readonly CompletableCommand[]): string {
  const described = commands.map(({ name, does }) => `    ${quoted(`${name}:${plain(does)}`)}`);
  const own = OWN.flatMap(optionSpecs).map((spec) => `    ${quoted(spec)}`);
  return `#compdef nido ${DROP_INS.join(" ")}
# Completions of nido for zsh, printed by: nido completions zsh

_nido_commands() {
  local -a commands=(
${described.join("\n")}
  )
  _describe command commands
}

# Completes the words of a command, which is the first of them.
_nido_dispatch() {
  (( $+functions[_nido_$words[1]] )) && _nido_$words[1]
}

# _pids would offer those of this terminal alone.
_nido_pids() {
  local -a pids
  local folder
  for folder in /proc/<->(N); do
    pids+=("\${folder:t}:$(<$folder/comm)") 2>/dev/null
  done
  _describe pid pids
}

# Several values with commas between; a + in front is of no matter.
_nido_list() {
  compset -P +
  _sequence "$@"
}

_nido_namespaces() {
  if [[ $PREFIX == */* ]]; then
    _files
    return
  fi
  local -a namespaces
  local lsns='nido lsns'
  [[ $service == lsns ]] && lsns=\${(q)words[1]}
  namespaces=(\${(f)"$(_call_program namespaces $lsns --raw --noheadings --output NS,TYPE 2>/dev/null)"})
  namespaces=(\${namespaces/ /:})
  _describe namespace namespaces
}

${commands.map(commandFunction).join("\n\n")}

_nido() {
  # A link of one of these names is that command.
  if [[ $service == (${DROP_INS.join("|")}) ]]; then
    _nido_$service
    return
  fi
  _arguments -s -S -A '-*' : \\
${own.join(" \\\n")} \\
    '(-):command:_nido_commands' \\
    '*::argument:_nido_dispatch'
}

# As a file in $fpath this is the function's body; sourced it has to be made known.
if [[ $funcstack[1] == _nido ]]; then
  _nido "$@"
else
  compdef _nido nido ${DROP_INS.join(" ")}
fi
`;
}
