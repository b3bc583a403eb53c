/** Completions for bash. @see bash(1), Programmable Completion */
import {
  type Choice,
  type CompletableCommand,
  type CompletableOption,
  DROP_INS,
  explainedNames,
  launchingNames,
  OWN,
  quoted,
} from "./commands.ts";

const namesOf = ({ long, short }: CompletableOption): string[] => [
  `--${long}`,
  ...(short === undefined ? [] : [`-${short}`]),
];

/** A choice as the script's `_nido_choose` takes it. */
function chooser(choice: Choice | undefined, list = false): string {
  if (choice === undefined) return "nothing";
  if (typeof choice === "string") return `${list ? "list " : ""}${choice.split(" ")[0]}`;
  return `${list ? "list " : ""}words ${choice.join(" ")}`;
}

/** The branches of `case "COMMAND OPTION"` for options with values. */
function valueCases({ name, options }: CompletableCommand): string[] {
  return options.filter(({ value }) => value).map((option) => {
    const { long, short, value, attached, choice, list, words = [] } = option;
    // A short option whose value is optional takes one only if it may be attached.
    const hasShort = short !== undefined && (value === "required" || attached);
    const names = [`--${long}`, ...(hasShort ? [`-${short}`] : [])];
    const patterns = names.map((one) => quoted(`${name} ${one}`)).join(" | ");
    const many = words.length > 1 ? ` many=${words.length}` : "";
    return `    ${patterns}) takes=${value}${many} choice=(${chooser(choice, list)}) ;;`;
  });
}

function commandCase({ name, options, operands }: CompletableCommand): string {
  return `    ${name})
      options=(${options.flatMap(namesOf).join(" ")})
      operands=(${chooser(operands)}) ;;`;
}

/** The script. */
export function bash(commands: readonly CompletableCommand[]): string {
  return `# Completions of nido for bash, printed by: nido completions bash

# Sets what an option takes: required (so many words), optional (behind = alone) or nothing; and of which
# choice.
_nido_takes() {
  takes='' many=1 choice=(nothing)
  case $1 in
${commands.flatMap(valueCases).join("\n")}
  esac
}

# Sets the options of a command, and the choice of its operands.
_nido_about() {
  options=() operands=(nothing)
  case $1 in
${commands.map(commandCase).join("\n")}
  esac
}

# Completes $1 from the choice that follows; all that it finds has $before in front.
_nido_choose() {
  local current=$1 before='' found=()
  shift
  if [[ $1 == list ]]; then
    shift
    [[ $current == +* ]] && before=+ current=\${current#+}
    [[ $current == *,* ]] && before+=\${current%,*}, current=\${current##*,}
  fi
  case $1 in
    words) mapfile -t found < <(compgen -W "\${*:2}" -- "$current") ;;
    launching) mapfile -t found < <(compgen -W ${
    quoted(launchingNames().join(" "))
  } -- "$current") ;;
    explained) mapfile -t found < <(compgen -W ${
    quoted(explainedNames().join(" "))
  } -- "$current") ;;
    file | dir)
      compopt -o filenames 2>/dev/null
      mapfile -t found < <(compgen -A "\${1/dir/directory}" -- "$current") ;;
    user) mapfile -t found < <(compgen -u -- "$current") ;;
    group) mapfile -t found < <(compgen -g -- "$current") ;;
    variables) mapfile -t found < <(compgen -e -- "$current") ;;
    pid) mapfile -t found < <(compgen -W "$(cd /proc && echo [0-9]*)" -- "$current") ;;
    namespace)
      if [[ $current == */* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t found < <(compgen -f -- "$current")
      else
        mapfile -t found < <(compgen -W "$("\${lsns[@]/#\\~/$HOME}" --raw --noheadings \\
          --output NS 2>/dev/null)" -- "$current")
      fi ;;
  esac
  COMPREPLY=("\${found[@]/#/$before}")
}

# Completes a program and its arguments; the program is word $1.
_nido_program() {
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "\${starts[$1]}"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "\${starts[$1]}"
  elif (($1 == last)); then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -c -- "\${words[last]}")
  else
    _nido_choose "\${words[last]}" file
  fi
}

# Completes the last word, as one of command $1, whose words begin behind word $2.
_nido_command() {
  local command=$1 i=$(($2 + 1)) ended='' word='' letters='' options operands takes many choice
  _nido_about "$command"
  for (( ; i < last; i++)); do
    word=\${words[i]} letters=''
    takes='' many=1 choice=(nothing)
    if [[ ! $ended && $word == -- ]]; then
      ended=yes
    elif [[ ! $ended && $word == --* ]]; then
      [[ $word == *=* ]] || _nido_takes "$command $word"
    elif [[ ! $ended && $word == -?* ]]; then
      # A letter that takes something ends a cluster; the last one may find it in the next word.
      for ((letters = 1; letters < \${#word}; letters++)); do
        _nido_takes "$command -\${word:letters:1}"
        [[ $takes ]] && break
      done
      ((letters < \${#word} - 1)) && takes=''
    elif [[ $operands == program ]]; then
      _nido_program "$i"
      return
    elif [[ $operands == launching || $operands == explained ]]; then
      _nido_command "$word" "$i"
      return
    fi
    if [[ $takes == required ]]; then
      ((i += many, i >= last)) || continue
      _nido_choose "\${words[last]}" "\${choice[@]}"
      return
    fi
  done
  word=\${words[last]}
  if [[ ! $ended && $word == --*=* ]]; then
    _nido_takes "$command \${word%%=*}"
    _nido_choose "\${word#*=}" "\${choice[@]}"
    # Where = does not end a word for bash, what is completed begins with the option.
    [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("\${COMPREPLY[@]/#/\${word%%=*}=}")
  elif [[ ! $ended && $word == -* ]]; then
    _nido_choose "$word" words "\${options[@]}"
  elif [[ $operands == program ]]; then
    _nido_program "$last"
  else
    _nido_choose "$word" "\${operands[@]}"
  fi
}

_nido() {
  # Words as nido gets them: bash splits them at = and : too. And where each starts among bash's.
  local words=() starts=() line=$COMP_LINE i last name lsns
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i == 0)) || [[ $line == [[:space:]]* ]]; then
      line=\${line#"\${line%%[![:space:]]*}"}
      words+=("\${COMP_WORDS[i]}") starts+=("$i")
    else
      words[\${#words[@]} - 1]+=\${COMP_WORDS[i]}
    fi
    line=\${line#"\${COMP_WORDS[i]}"}
  done
  last=$((\${#words[@]} - 1))
  # A link of one of these names is that command.
  name=\${words[0]##*/} lsns=("\${words[0]}")
  [[ $name == lsns ]] || lsns+=(lsns)
  COMPREPLY=()
  if [[ $name == @(${DROP_INS.join("|")}) ]]; then
    _nido_command "$name" 0
  elif ((last > 1)); then
    _nido_command "\${words[1]}" 1
  elif [[ \${words[1]} == -* ]]; then
    _nido_choose "\${words[1]}" words ${OWN.flatMap(namesOf).join(" ")}
  else
    _nido_choose "\${words[1]}" words ${commands.map(({ name }) => name).join(" ")}
  fi
}

complete -F _nido nido ${DROP_INS.join(" ")}
`;
}
